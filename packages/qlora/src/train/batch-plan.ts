import { createRng } from '@bezoar/core';

export interface BatchPlan {
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
  /** The micro-batches of 0-based step `step`: indices into the examples. */
  step(step: number): readonly (readonly number[])[];
}

export interface BatchPlanOptions {
  readonly examples: number;
  /** Examples per micro-batch. */
  readonly batchSize: number;
  /** Micro-batches per step. */
  readonly gradientAccumulation: number;
  readonly epochs: number;
  readonly maxSteps?: number | undefined;
  readonly seed: number;
  /** True by default. */
  readonly shuffle?: boolean | undefined;
}

/**
 * Which examples go into which step: every epoch is a fresh permutation that depends on the seed and the epoch only, so
 * a resumed training sees exactly what an uninterrupted one does. The last step of an epoch may be smaller.
 */
export function planBatches(options: BatchPlanOptions): BatchPlan {
  const { examples, batchSize, gradientAccumulation, epochs, maxSteps, seed, shuffle = true } = options;
  const perStep = batchSize * gradientAccumulation;
  const stepsPerEpoch = Math.ceil(examples / perStep);
  const all = stepsPerEpoch * epochs;
  let cached: { readonly epoch: number; readonly order: readonly number[] } | undefined;

  const orderOf = (epoch: number): readonly number[] => {
    if (cached?.epoch !== epoch) {
      const indices = Array.from({ length: examples }, (_, index) => index);
      cached = { epoch, order: shuffle ? createRng(seed).fork(`epoch ${epoch}`).shuffle(indices) : indices };
    }
    return cached.order;
  };

  return {
    totalSteps: maxSteps ?? all,
    stepsPerEpoch,
    step(step) {
      const epoch = Math.floor(step / stepsPerEpoch);
      const start = (step % stepsPerEpoch) * perStep;
      const chosen = orderOf(epoch).slice(start, start + perStep);
      const micro: number[][] = [];
      for (let i = 0; i < chosen.length; i += batchSize) micro.push(chosen.slice(i, i + batchSize));
      return micro;
    },
  };
}
