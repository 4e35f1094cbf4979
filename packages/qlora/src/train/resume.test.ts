import { createReferenceBackend, type Backend } from '@bezoar/backend';
import { createCpuBackend } from '@bezoar/backend-cpu';
import { memoryFolder } from '@bezoar/formats';
import { expect, it } from 'vitest';
import { adapterValues, collectTraining } from '../__fixtures__/collect-training.ts';
import { tinyTraining } from '../__fixtures__/tiny-training.ts';
import type { TrainSftOptions } from './train-sft.ts';

const config = {
  packing: true,
  packLength: 12,
  neftuneNoiseAlpha: 5,
  optimizer: 'adamw-8bit',
  gradientCheckpointing: true,
  schedule: 'wsd',
  warmupSteps: 2,
  decaySteps: 3,
  minLearningRateRatio: 0.1,
  learningRate: 5e-3,
  weightDecay: 0.01,
  batchSize: 1,
  gradientAccumulation: 2,
  maxSteps: 10,
  earlyStoppingPatience: 4,
  loadBestModelAtEnd: true,
  seed: 5,
} as const;

const backends: [string, () => Backend | Promise<Backend>][] = [
  ['reference', createReferenceBackend],
  ['cpu', () => createCpuBackend()],
];

it.each(backends)(
  'ten steps are five, a resume and five, bit for bit, with everything on: %s',
  async (_, create) => {
    const backend = await create();
    // Matrices of 4,096 elements: the least that 8-bit moments are for.
    const training = (): Pick<TrainSftOptions, 'model' | 'examples' | 'evaluation' | 'config'> => {
      const { model, examples } = tinyTraining(backend, { hidden: 64, r: 64 });
      return {
        model,
        examples: examples.slice(0, 5),
        evaluation: { examples: examples.slice(5), every: 2 },
        config,
      };
    };
    const whole = training();
    const uninterrupted = await collectTraining({ ...whole, now: () => 0 });
    const folder = memoryFolder(new Map());
    const first = await collectTraining(
      { ...training(), checkpoint: { folder }, now: () => 0 },
      (event) => event.type === 'train-step' && event.step === 5,
    );
    const second = training();
    const rest = await collectTraining({ ...second, checkpoint: { folder }, now: () => 0 });

    const steps = (events: typeof first.events): unknown[] =>
      events.filter(({ type }) => type === 'train-step' || type === 'evaluation');
    expect(steps(first.events)).toHaveLength(5 + 3);
    expect([...steps(first.events), ...steps(rest.events)]).toEqual(steps(uninterrupted.events));
    expect(rest.result?.best).toEqual(uninterrupted.result?.best);
    expect(await adapterValues(second.model)).toEqual(await adapterValues(whole.model));
    await backend.dispose();
  },
);
