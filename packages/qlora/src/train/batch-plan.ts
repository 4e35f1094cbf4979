import { createRng } from '@bezoar/core';
import { packExamples, type PackOptions } from '../data/pack-examples.ts';

export interface BatchPlan {
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
  /** Without packing, examples. */
  readonly packsPerEpoch: number;
  /** The micro-batches of 0-based step `step`: indices into the examples. */
  step(step: number): readonly (readonly number[])[];
  /** How many packs step `step` goes through; without packing, examples. */
  packs(step: number): number;
}

export interface BatchPlanOptions {
  readonly examples: number;
  /** Examples, or packs of examples, per micro-batch. */
  readonly batchSize: number;
  /** Micro-batches per step. */
  readonly gradientAccumulation: number;
  readonly epochs: number;
  readonly maxSteps?: number | undefined;
  readonly seed: number;
  /** True by default. */
  readonly shuffle?: boolean | undefined;
  /** Several examples count as one where they fit together: `batchSize` is a number of packs then. */
  readonly packing?: Pick<PackOptions, 'lengths' | 'capacity'> | undefined;
}

/**
 * Which examples go into which step: every epoch is a fresh permutation (packed anew, with packing) that depends on the seed and
 * the epoch only, so a resumed training sees exactly what an uninterrupted one does. The last step of an epoch may be smaller.
 */
export function planBatches(options: BatchPlanOptions): BatchPlan {
  const { examples, batchSize, gradientAccumulation, epochs, maxSteps, seed, shuffle = true } = options;
  const unitsOf = (epoch: number): readonly (readonly number[])[] => {
    const rng = shuffle ? createRng(seed).fork(`epoch ${epoch}`) : undefined;
    if (options.packing === undefined) {
      const indices = Array.from({ length: examples }, (_, index) => index);
      return (rng?.shuffle(indices) ?? indices).map((index) => [index]);
    }
    const packs = packExamples({ ...options.packing, rng: rng?.fork('packs') });
    return rng?.shuffle(packs) ?? packs;
  };
  let cached = { epoch: 0, units: unitsOf(0) };
  const perStep = batchSize * gradientAccumulation;
  const stepsPerEpoch = Math.ceil(cached.units.length / perStep);
  const chosenFor = (step: number): readonly (readonly number[])[] => {
    const epoch = Math.floor(step / stepsPerEpoch);
    if (cached.epoch !== epoch) cached = { epoch, units: unitsOf(epoch) };
    const start = (step % stepsPerEpoch) * perStep;
    return cached.units.slice(start, start + perStep);
  };

  return {
    totalSteps: maxSteps ?? stepsPerEpoch * epochs,
    stepsPerEpoch,
    packsPerEpoch: cached.units.length,
    packs: (step) => chosenFor(step).length,
    step(step) {
      const chosen = chosenFor(step);
      const micro: number[][] = [];
      for (let i = 0; i < chosen.length; i += batchSize) micro.push(chosen.slice(i, i + batchSize).flat());
      return micro;
    },
  };
}
