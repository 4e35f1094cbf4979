import { createReferenceBackend } from '@bezoar/backend';
import { BezoarError, type RunEvent, type TrainStepEvent } from '@bezoar/core';
import { memoryFolder } from '@bezoar/formats';
import { createWorkspace, type CausalLM } from '@bezoar/model';
import { describe, expect, it } from 'vitest';
import { tinyTraining } from '../__fixtures__/tiny-training.ts';
import { evaluateLoss } from './evaluate-loss.ts';
import { adapterTrainable, fullTrainable } from './trainable.ts';
import type { TrainResult } from './run-training.ts';
import { stepGradients, trainSft, type TrainSftOptions } from './train-sft.ts';

const config = {
  learningRate: 0.05,
  epochs: 3,
  batchSize: 2,
  gradientAccumulation: 1,
  weightDecay: 0.01,
  warmupSteps: 0,
  seed: 5,
} as const;

async function collect(options: TrainSftOptions): Promise<{ events: RunEvent[]; result: TrainResult }> {
  const events: RunEvent[] = [];
  const run = trainSft(options);
  for (;;) {
    const next = await run.next();
    if (next.done === true) return { events, result: next.value };
    events.push(next.value);
  }
}

async function adapterWeights({ adapter, backend }: CausalLM): Promise<number[][]> {
  const tensors = [...adapter!.modules.values()].flatMap(({ a, b }) => [a, b]);
  return Promise.all(tensors.map(async (tensor) => Array.from(await backend.download(tensor))));
}

const losses = (events: readonly RunEvent[]): number[] =>
  events.filter((event): event is TrainStepEvent => event.type === 'train-step').map(({ loss }) => loss);

describe('trainSft', () => {
  it('lowers the loss and reports every step', async () => {
    const { model, examples } = tinyTraining();
    const before = await evaluateLoss({ model, examples });
    const { events, result } = await collect({ model, examples, config, evaluation: { examples } });
    expect(losses(events)).toHaveLength(9);
    expect(result.steps).toBe(9);
    expect((await evaluateLoss({ model, examples })).loss).toBeLessThan(before.loss - 0.2);
    const evaluations = events.filter((event) => event.type === 'evaluation');
    expect(evaluations.map(({ step }) => step)).toEqual([0, 9]);
    expect(evaluations[0]!.metrics['eval_loss']).toBeCloseTo(before.loss, 10);
  });

  it('trains the same where kernels are compiled for sizes', async () => {
    const plain = tinyTraining();
    const reference = createReferenceBackend();
    const capabilities = { ...reference.capabilities, compilesForSizes: true };
    const filled = tinyTraining({ ...reference, capabilities });
    const runs = [];
    for (const each of [plain, filled]) runs.push(await collect({ ...each, config, now: () => 0 }));
    expect(runs[1]).toEqual(runs[0]);
    expect(await adapterWeights(filled.model)).toEqual(await adapterWeights(plain.model));
  });

  it('resumes bit for bit: stopped in the middle and continued equals uninterrupted', async () => {
    const whole = tinyTraining();
    const uninterrupted = await collect({ ...whole, config });

    const folder = memoryFolder(new Map());
    const controller = new AbortController();
    const first = tinyTraining();
    const partial: RunEvent[] = [];
    const interrupted = (async () => {
      for await (const event of trainSft({
        ...first,
        config,
        checkpoint: { folder },
        signal: controller.signal,
      })) {
        partial.push(event);
        if (event.type === 'train-step' && event.step === 4) controller.abort();
      }
    })();
    await expect(interrupted).rejects.toMatchObject({ code: 'INTERRUPTED' });

    const second = tinyTraining();
    const rest = await collect({ ...second, config, checkpoint: { folder } });
    expect([...losses(partial), ...losses(rest.events)]).toEqual(losses(uninterrupted.events));
    expect(await adapterWeights(second.model)).toEqual(await adapterWeights(whole.model));
  });

  it('refuses a checkpoint of another training', async () => {
    const folder = memoryFolder(new Map());
    const training = tinyTraining();
    await collect({ ...training, config, checkpoint: { folder } });
    const other = collect({
      ...tinyTraining(),
      config: { ...config, learningRate: 0.1 },
      checkpoint: { folder },
    });
    await expect(other).rejects.toMatchObject({ code: 'BAD_CONFIG' });
  });

  it.each([
    ['no examples', [], 'EMPTY_DATASET'],
    ['an example without a target', [{ tokens: [1, 2], labels: [-100, -100], targetCount: 0 }], 'BAD_INPUT'],
  ])('refuses %s', async (_, examples, code) => {
    const failure = collect({ ...tinyTraining(), examples, config });
    await expect(failure).rejects.toSatisfy((error) => BezoarError.isInstance(error) && error.code === code);
  });

  it('stops with DIVERGED before a parameter is touched when a gradient is not finite', async () => {
    const { model, examples } = tinyTraining();
    const { a } = [...model.adapter!.modules.values()][0]!;
    model.backend.write(a, Float32Array.of(Number.NaN));
    const before = await adapterWeights(model);
    await expect(collect({ model, examples, config })).rejects.toMatchObject({ code: 'DIVERGED' });
    expect(await adapterWeights(model)).toEqual(before);
  });

  it('leaves nothing on the backend', async () => {
    const backend = createReferenceBackend();
    const { model, examples } = tinyTraining(backend);
    const before = backend.memory().tensors;
    await collect({ model, examples, config });
    expect(backend.memory().tensors).toBe(before);
  });
});

describe('stepGradients', () => {
  it('is token-exact: micro-batches of any sizes give the gradient of the whole batch', async () => {
    const { model, examples } = tinyTraining();
    const gradientsOf = async (
      micro: readonly (readonly (typeof examples)[number][])[],
    ): Promise<{ loss: number; values: number[] }> => {
      const plain = {
        ...model,
        adapter: { ...model.adapter!, config: { ...model.adapter!.config, loraDropout: 0 } },
      };
      const trainable = adapterTrainable(plain);
      const { loss } = await stepGradients({
        model: plain,
        trainable,
        workspace: createWorkspace(model.backend),
        config: { gradientCheckpointing: false, seed: 0 },
        step: 0,
        micro,
      });
      const values = await Promise.all(
        trainable.parameters.map(async ({ grad }) => Array.from(await model.backend.download(grad))),
      );
      return { loss, values: values.flat() };
    };
    const whole = await gradientsOf([examples]);
    const pieces = await gradientsOf([examples.slice(0, 1), examples.slice(1, 5), examples.slice(5)]);
    expect(pieces.loss).toBeCloseTo(whole.loss, 6);
    pieces.values.forEach((value, index) => expect(value).toBeCloseTo(whole.values[index]!, 6));
  });

  it('full fine-tuning learns every weight', async () => {
    const { model, examples } = tinyTraining();
    const base = { ...model, adapter: undefined };
    const trainable = fullTrainable(base);
    await stepGradients({
      model: base,
      trainable,
      workspace: createWorkspace(model.backend),
      config: { gradientCheckpointing: false, seed: 0 },
      step: 0,
      micro: [examples],
    });
    for (const { name, grad } of trainable.parameters) {
      const values = (await model.backend.download(grad)) as Float32Array;
      expect(
        values.some((value) => value !== 0),
        name,
      ).toBe(true);
    }
  });
});
