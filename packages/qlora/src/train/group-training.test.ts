import { hasDtype, type Backend, type ProcessGroup } from '@bezoar/backend';
import { createLocalGroup } from '@bezoar/backend/testkit';
import { createCpuBackend } from '@bezoar/backend-cpu';
import { BezoarError, finishJob, type RunEvent } from '@bezoar/core';
import { memoryFolder } from '@bezoar/formats';
import { createWorkspace, modelParameters, withAdapter } from '@bezoar/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adapterValues, stepLosses } from '../__fixtures__/collect-training.ts';
import { tinyTraining } from '../__fixtures__/tiny-training.ts';
import { planBatches } from './batch-plan.ts';
import { learningRateAt } from './learning-rate.ts';
import { createAdamW } from './optimizer.ts';
import { defaultSft, stepGradients, trainSft, type SftConfig, type TrainSftOptions } from './train-sft.ts';
import { adapterTrainable, fullTrainable } from './trainable.ts';

/** Dropout is on: the tiny adapter drops a tenth. Three micro-batches a step, so that two processes have unequal shares. */
const config: SftConfig = {
  ...defaultSft,
  packing: true,
  packLength: 12,
  neftuneNoiseAlpha: 5,
  gradientCheckpointing: true,
  learningRate: 5e-3,
  batchSize: 1,
  gradientAccumulation: 3,
  maxSteps: 6,
  seed: 5,
};

let backend: Backend;
beforeAll(async () => void (backend = await createCpuBackend()));
afterAll(() => backend.dispose());

interface Run {
  readonly events: readonly RunEvent[];
  readonly values: readonly number[];
  readonly code: string | undefined;
}

/** Runs every process of a group of one training, all in this one. */
function train(
  size: number,
  more: (rank: number, group: ProcessGroup) => Partial<TrainSftOptions> = () => ({}),
): Promise<Run[]> {
  return Promise.all(
    createLocalGroup(size).map(async (group) => {
      const { model, examples } = tinyTraining(backend, { hidden: 64, r: 64 });
      const options = {
        model,
        examples: examples.slice(0, 5),
        evaluation: { examples: examples.slice(5), every: 2 },
        config,
        now: () => 0,
        ...(size === 1 ? {} : { group }),
        ...more(group.rank, group),
      };
      const events: RunEvent[] = [];
      const code = await finishJob(trainSft(options), (event) => events.push(event)).then(
        () => undefined,
        (error: unknown) => (error as { code: string }).code,
      );
      return { events, values: await adapterValues(options.model), code };
    }),
  );
}

/** A signal that fires in the third step: the clock is asked at the start, and twice a step. */
function stopInThirdStep(): Pick<TrainSftOptions, 'signal' | 'now'> {
  const controller = new AbortController();
  let asked = 0;
  return {
    signal: controller.signal,
    now() {
      if (++asked === 6) controller.abort();
      return 0;
    },
  };
}

const measured = (events: readonly RunEvent[]): unknown[] =>
  events.filter(({ type }) => type === 'train-step' || type === 'evaluation');
/** AdamW divides by the size of a gradient: where that is next to nothing, the rounding of its sum is what is learnt. */
const closeTo = 0.01 * config.learningRate;
const largestDifference = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);

describe('several processes', () => {
  it.each([2, 3])(
    '%i of them are one, to the rounding of a sum, and like each other to the bit',
    async (size) => {
      const [alone] = await train(1);
      const ranks = await train(size);
      for (const { values, events } of ranks) {
        expect(values).toEqual(ranks[0]!.values);
        expect(measured(events)).toEqual(measured(ranks[0]!.events));
      }
      const initial = tinyTraining(backend, { hidden: 64, r: 64 });
      expect(largestDifference(alone!.values, await adapterValues(initial.model))).toBeGreaterThan(1e-3);
      expect(largestDifference(alone!.values, ranks[0]!.values)).toBeLessThan(closeTo);
      // Of the first step, everything that is reported of the passes has the same bits.
      const [first, expected] = [ranks[0]!.events, alone!.events].map((events) =>
        events.find((event) => event.type === 'train-step')!,
      );
      expect(first!.gradNorm / expected!.gradNorm).toBeCloseTo(1, 6);
      expect({ ...first, gradNorm: 0 }).toEqual({ ...expected, gradNorm: 0 });
      const losses = stepLosses(alone!.events);
      stepLosses(ranks[0]!.events).forEach((loss, index) => expect(loss).toBeCloseTo(losses[index]!, 5));
    },
  );

  it.each([2, 3])(
    '%i of them make the bits of one that sums the same shares in the order of ranks',
    async (size) => {
      const { model, examples } = tinyTraining(backend, { hidden: 64, r: 64 });
      const data = examples.slice(0, 5);
      const plan = planBatches({
        ...config,
        examples: data.length,
        packing: { lengths: data.map(({ tokens }) => tokens.length), capacity: 12 },
      });
      const trainable = adapterTrainable(model);
      const optimizer = createAdamW({ backend, trainable, config });
      const workspace = createWorkspace(backend);
      for (let step = 0; step < plan.totalSteps; step++) {
        const micro = plan.step(step).map((indices) => indices.map((index) => data[index]!));
        const sums = trainable.parameters.map(({ grad }) => new Float64Array(grad.size));
        for (let rank = 0; rank < size; rank++) {
          trainable.zeroGradients();
          // What a share's gradient is needs nobody else: every other process stays away.
          const group = { ...createLocalGroup(size)[rank]!, gather: () => Promise.resolve([]) };
          await stepGradients({ model, trainable, workspace, config, step, micro, group });
          for (const [index, { grad }] of trainable.parameters.entries())
            (await backend.download(grad)).forEach((value, i) => (sums[index]![i]! += value));
        }
        trainable.parameters.forEach(({ grad }, index) =>
          backend.write(grad, Float32Array.from(sums[index]!)),
        );
        await optimizer.update(learningRateAt(config, step, plan.totalSteps));
      }
      const [first] = await train(size);
      expect(first!.values).toEqual(await adapterValues(model));
    },
  );

  it('stop after the same step when one of them is told to, save once, and go on in another number', async () => {
    const folder = memoryFolder(new Map());
    const stopped = await train(2, (rank) => ({
      checkpoint: { folder },
      ...(rank === 1 ? stopInThirdStep() : {}),
    }));
    expect(stopped.map(({ code }) => code)).toEqual(['INTERRUPTED', 'INTERRUPTED']);
    expect(stopped.map(({ events }) => events.filter(({ type }) => type === 'checkpoint').length)).toEqual([
      1, 0,
    ]);
    const done = measured(stopped[0]!.events).length;
    expect(stepLosses(stopped[1]!.events)).toHaveLength(3);
    const rest = await train(3, () => ({ checkpoint: { folder } }));
    const whole = await train(1);
    expect(rest.map(({ code }) => code)).toEqual([undefined, undefined, undefined]);
    expect(done + measured(rest[0]!.events).length).toBe(measured(whole[0]!.events).length);
    expect(largestDifference(rest[0]!.values, whole[0]!.values)).toBeLessThan(closeTo);
  });

  it('were told to stop also when the others are gone already', async () => {
    const stopped = await train(2, (rank, group) => {
      if (rank === 0) return stopInThirdStep();
      const failure = new AbortController();
      const gather: ProcessGroup['gather'] = async (bytes) => {
        const all = await group.gather(bytes);
        // The last meeting says nothing: rank 0 leaves as soon as everybody has come to it.
        if (bytes.length === 0) failure.abort(new BezoarError('PEER_FAILED', 'Rank 0 has left.'));
        return all;
      };
      return { group: { ...group, gather, failure: failure.signal } };
    });
    expect(stopped.map(({ code }) => code)).toEqual(['INTERRUPTED', 'INTERRUPTED']);
  });

  it('go on to the same bits in the same number', async () => {
    const folder = memoryFolder(new Map());
    await train(2, (rank) => ({ checkpoint: { folder }, ...(rank === 0 ? stopInThirdStep() : {}) }));
    const rest = await train(2, () => ({ checkpoint: { folder } }));
    const whole = await train(2);
    expect(rest.map(({ values }) => values)).toEqual(whole.map(({ values }) => values));
  });

  it('learn every weight as one does', async () => {
    const run = (size: number): Promise<number[][]> =>
      Promise.all(
        createLocalGroup(size).map(async (group) => {
          const { model: adapted, examples } = tinyTraining(backend);
          const model = withAdapter(adapted, undefined);
          const own = { ...config, packing: false, learningRate: 1e-3 };
          await finishJob(trainSft({ model, trainable: fullTrainable(model), examples, config: own, group }));
          const values: number[] = [];
          for (const [, weight] of modelParameters(model))
            if (hasDtype(weight, 'f32')) values.push(...(await backend.download(weight)));
          return values;
        }),
      );
    const [alone] = await run(1);
    const ranks = await run(3);
    expect(alone!.length).toBeGreaterThan(500);
    for (const values of ranks) expect(values).toEqual(ranks[0]);
    expect(largestDifference(ranks[0]!, alone!)).toBeLessThan(1e-5);
    expect(largestDifference(ranks[0]!, alone!)).toBeGreaterThan(0);
  });

  it('are refused when a step has not enough for all of them', async () => {
    const ranks = await train(4);
    expect(ranks.map(({ code }) => code)).toEqual(Array(4).fill('BAD_CONFIG'));
  });

  it('are told apart when they train other things, or their parameters differ', async () => {
    const other = await train(2, (rank) => ({ config: { ...config, learningRate: rank === 1 ? 1 : 2 } }));
    expect(other.map(({ code }) => code)).toEqual(['BAD_CONFIG', 'BAD_CONFIG']);
    const { model, examples } = tinyTraining(backend, { hidden: 64, r: 64 });
    const [module] = model.adapter!.modules.values();
    backend.write(module!.a, Float32Array.of(1e-30));
    const differing = await train(2, (rank) => (rank === 1 ? { model, examples: examples.slice(0, 5) } : {}));
    expect(differing.map(({ code }) => code)).toEqual(['RANKS_DIFFER', 'RANKS_DIFFER']);
  });
});
