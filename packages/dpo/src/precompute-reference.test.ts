import { createReferenceBackend, type Backend } from '@bezoar/backend';
import { createCpuBackend } from '@bezoar/backend-cpu';
import type { RunEvent } from '@bezoar/core';
import { memoryFolder } from '@bezoar/formats';
import { describe, expect, it } from 'vitest';
import type { CausalLM } from '@bezoar/model';
import type { TrainingControls } from '@bezoar/qlora';
import {
  adapterValues,
  collectTraining,
  tinyPreferences,
  type TinyPreferences,
} from './__fixtures__/tiny-preferences.ts';
import { precomputeReference, type PrecomputeReferenceOptions } from './precompute-reference.ts';
import { adapterOffReference, createReference, type Reference } from './reference.ts';
import { trainDpo } from './train-dpo.ts';
import { trainKto } from './train-kto.ts';

const identity = { model: 'm1', data: 'd1' };
const name = 'pairs.reference.jsonl';

async function precompute(
  options: PrecomputeReferenceOptions,
): Promise<{ events: RunEvent[]; reference: Reference }> {
  const events: RunEvent[] = [];
  const run = precomputeReference(options);
  for (;;) {
    const next = await run.next();
    if (next.done === true) return { events, reference: next.value };
    events.push(next.value);
  }
}

function setting(backend: Backend = createReferenceBackend()) {
  const tiny = tinyPreferences({ backend });
  const sides = tiny.pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]);
  const files = new Map<string, Uint8Array>();
  const file = { folder: memoryFolder(files), name, identity };
  return { ...tiny, sides, files, file };
}

const unopened = (): Promise<Reference> => Promise.reject(new Error('A model was opened.'));

describe('precomputeReference', () => {
  it.each<[string, number, () => Backend | Promise<Backend>]>([
    ['reference', 0, createReferenceBackend],
    // Which kernel multiplies depends on how many rows there are.
    ['cpu', 1e-6, () => createCpuBackend({ threads: 1 })],
  ])(
    'equals the reference in training on the %s backend to %d, and needs no model the next time',
    async (_, tolerance, create) => {
      const { model, sides, file } = setting(await create());
      const wanted = await adapterOffReference(model).logProbs(sides);
      const open = (): Promise<Reference> => Promise.resolve(adapterOffReference(model));
      const first = await precompute({ sides, file, open, maxBatchTokens: 16 });
      const made = await first.reference.logProbs(sides);
      made.forEach((value, index) => {
        const relative = Math.abs(value / wanted[index]! - 1);
        expect(relative).toBeLessThanOrEqual(tolerance);
      });
      expect(first.events.at(-1)).toMatchObject({ type: 'progress', done: 10, total: 10 });
      const again = await precompute({ sides, file, open: unopened });
      expect(again.events).toEqual([]);
      expect(await again.reference.logProbs(sides)).toEqual(made);
      expect(again.reference.id).toBe(first.reference.id);
      await model.backend.dispose();
    },
  );

  it('goes on where it was stopped', async () => {
    const { model, sides, file } = setting();
    const asked: number[] = [];
    const reference = adapterOffReference(model);
    const open = (): Promise<Reference> =>
      Promise.resolve({
        ...reference,
        logProbs(batch) {
          asked.push(batch.length);
          return reference.logProbs(batch);
        },
      });
    const controller = new AbortController();
    const run = precomputeReference({ sides, file, open, maxBatchTokens: 16, signal: controller.signal });
    await run.next();
    controller.abort();
    await expect(run.next()).rejects.toMatchObject({ code: 'INTERRUPTED' });
    const before = asked.reduce((sum, count) => sum + count, 0);
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(10);
    const rest = await precompute({ sides, file, open });
    expect(asked.reduce((sum, count) => sum + count, 0)).toBe(10);
    expect(await rest.reference.logProbs(sides)).toEqual(await reference.logProbs(sides));
  });

  it('refuses a file of another model or other data, and says which', async () => {
    const { model, sides, file } = setting();
    await precompute({ sides, file, open: () => Promise.resolve(adapterOffReference(model)) });
    for (const [changed, differing] of [
      [{ model: 'm2', data: 'd1' }, ['model']],
      [{ model: 'm2', data: 'd2' }, ['model', 'data']],
      [{ ...identity, adapter: 'a' }, ['adapter']],
      [{ model: 'm1' }, ['data']],
    ] as const) {
      const options = { sides, file: { ...file, identity: changed }, open: unopened };
      await expect(precompute(options)).rejects.toMatchObject({ code: 'BAD_CONFIG', data: { differing } });
    }
  });

  it.each([
    '',
    'no JSON\n',
    '{"format":"other"}\n',
    `{"format":"bezoar-reference-1","identity":{"model":"m1","data":"d1"}}\n{"key":1}\n`,
  ])('refuses what is no such file: %j', async (text) => {
    const { sides, file, files } = setting();
    files.set(name, new TextEncoder().encode(text));
    await expect(precompute({ sides, file, open: unopened })).rejects.toMatchObject({ code: 'BAD_FILE' });
  });

  it('has no value for a sequence that it was not told about', async () => {
    const { model, sides, file } = setting();
    const open = (): Promise<Reference> => Promise.resolve(adapterOffReference(model));
    const { reference } = await precompute({ sides: sides.slice(1), file, open });
    expect(() => reference.logProbs(sides)).toThrow(/not computed/);
  });
});

const config = {
  learningRate: 0.05,
  schedule: 'constant',
  warmupRatio: 0,
  epochs: 5,
  batchSize: 2,
  gradientAccumulation: 2,
} as const;

interface Common extends TrainingControls {
  readonly reference: Reference;
}

describe('a training with another reference than its own base', () => {
  /** Another model of the same vocabulary, precomputed or not. */
  const references = {
    'another model': async ({ backend }: CausalLM) => {
      const { model } = tinyPreferences({ backend });
      for (const { b } of model.adapter!.modules.values())
        backend.write(b, new Float32Array(b.size).fill(0.1));
      return Promise.resolve(createReference(model, 'other'));
    },
    'a precomputed one': async () => {
      const { model, sides, rows, file } = setting();
      const all = [...sides, ...rows.flatMap(({ side, mismatched }) => [side, mismatched])];
      const open = (): Promise<Reference> => Promise.resolve(adapterOffReference(model));
      return (await precompute({ sides: all, file, open })).reference;
    },
  };
  const trainings = {
    dpo: ({ model, pairs }: TinyPreferences, more: Common) => trainDpo({ model, pairs, config, ...more }),
    kto: ({ model, rows }: TinyPreferences, more: Common) =>
      trainKto({ model, rows, config: { ...config, batchSize: 3 }, ...more }),
  };
  const cases = Object.keys(references).flatMap((reference) =>
    Object.keys(trainings).map((training) => [training, reference] as const),
  ) as [keyof typeof trainings, keyof typeof references][];

  it.each(cases)('resumes bit for bit: %s with %s', async (training, kind) => {
    const train = async (more: TrainingControls, stop?: (event: RunEvent) => boolean) => {
      const tiny = tinyPreferences();
      const reference = await references[kind](tiny.model);
      const collected = await collectTraining(
        (signal) => trainings[training](tiny, { ...more, reference, signal }),
        stop,
      );
      return { ...collected, values: await adapterValues(tiny.model) };
    };
    const whole = await train({});
    expect(whole.result!.steps).toBe(10);
    const checkpoint = { folder: memoryFolder(new Map()) };
    await train({ checkpoint }, (event) => event.type === 'train-step' && event.step === 5);
    const rest = await train({ checkpoint });
    expect(rest.result!.steps).toBe(5);
    expect(rest.values).toEqual(whole.values);
  });

  it('trains as with the reference that was computed on the way', async () => {
    const { model, pairs, sides, file } = setting();
    const open = (): Promise<Reference> => Promise.resolve(adapterOffReference(model));
    const { reference } = await precompute({ sides, file, open });
    await collectTraining((signal) => trainDpo({ model, pairs, config, reference, signal }));
    const other = setting();
    await collectTraining((signal) => trainDpo({ model: other.model, pairs: other.pairs, config, signal }));
    expect(await adapterValues(model)).toEqual(await adapterValues(other.model));
  });
});
