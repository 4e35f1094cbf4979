import type { Backend } from '@bezoar/backend';
import { BezoarError } from '@bezoar/core';
import { createSlot, type AdamWSlot } from './moments.ts';
import type { Trainable } from './trainable.ts';

export type OptimizerName = 'adamw' | 'adamw-8bit';

export interface AdamWConfig {
  /** `adamw` keeps moments as f32, `adamw-8bit` as bitsandbytes does. `adamw` by default. */
  readonly optimizer?: OptimizerName | undefined;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  /** Gradients are scaled to this global L2 norm when they exceed it; 0 never clips. */
  readonly maxGradNorm: number;
}

/** QLoRA's choices (Dettmers et al. 2023): no decay, clip at 0.3. */
export const defaultAdamW: AdamWConfig = {
  beta1: 0.9,
  beta2: 0.999,
  eps: 1e-8,
  weightDecay: 0,
  maxGradNorm: 0.3,
};

export interface AdamWState {
  /** Updates made so far. */
  step: number;
  readonly slots: readonly AdamWSlot[];
}

export interface Optimizer {
  readonly state: AdamWState;
  /**
   * Clips, updates every parameter and zeroes the gradients. Returns the norm before clipping.
   * Throws BezoarError DIVERGED when the norm is not finite, before any parameter is touched.
   */
  update(learningRate: number): Promise<number>;
  dispose(): void;
}

export interface CreateAdamWOptions {
  readonly backend: Backend;
  readonly trainable: Trainable;
  readonly config: AdamWConfig;
}

/** AdamW with decoupled weight decay (Loshchilov and Hutter 2019) over what learns, its moments on the backend in f32 or 8 bits. */
export function createAdamW({ backend, trainable, config }: CreateAdamWOptions): Optimizer {
  const format = config.optimizer === 'adamw-8bit' ? '8bit' : 'f32';
  const slots = trainable.parameters.map((parameter) => createSlot(backend, parameter, format));
  const squares = backend.alloc('f32', [1]);
  const state: AdamWState = { step: 0, slots };
  return {
    state,
    async update(learningRate) {
      backend.sumOfSquares({ tensors: slots.map(({ grad }) => grad), out: squares });
      const norm = Math.sqrt((await backend.download(squares))[0]!);
      if (!Number.isFinite(norm)) {
        throw new BezoarError('DIVERGED', `The gradient is not finite at step ${state.step + 1}.`, {
          advice: 'Lower the learning rate, or look at the rows of this step; the last checkpoint is whole.',
        });
      }
      const { maxGradNorm } = config;
      const gradScale = maxGradNorm > 0 ? Math.min(1, maxGradNorm / (norm + 1e-6)) : 1;
      state.step++;
      for (const slot of slots) {
        slot.update({
          lr: learningRate,
          beta1: config.beta1,
          beta2: config.beta2,
          eps: config.eps,
          weightDecay: slot.decay ? config.weightDecay : 0,
          step: state.step,
          gradScale,
        });
      }
      trainable.zeroGradients();
      return norm;
    },
    dispose() {
      squares.dispose();
      for (const { moments } of slots) {
        for (const moment of Object.values(moments)) moment.dispose();
      }
    },
  };
}
