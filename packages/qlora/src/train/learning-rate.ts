import { BezoarError } from '@bezoar/core';

export type ScheduleName = 'constant' | 'linear' | 'cosine' | 'wsd';

export interface ScheduleConfig {
  readonly schedule: ScheduleName;
  /** The greatest learning rate. */
  readonly learningRate: number;
  /** Steps of linear warm-up; the first of them has rate 0. Takes precedence over the ratio. */
  readonly warmupSteps?: number | undefined;
  /** Share of all steps, rounded up. */
  readonly warmupRatio?: number | undefined;
  /** WSD only: share of all steps in which the rate falls linearly to 0 at the end. 0.1 by default. */
  readonly decayRatio?: number | undefined;
}

/**
 * The learning rate of 0-based step `step` of `totalSteps`, as transformers' schedulers give it:
 * warm-up step/W; then constant 1, linear (T − t)/(T − W), cosine ½(1 + cos π(t − W)/(T − W)), or warm-up–stable–decay.
 */
export function learningRateAt(config: ScheduleConfig, step: number, totalSteps: number): number {
  const warmup = warmupSteps(config, totalSteps);
  if (step < warmup) return (config.learningRate * step) / Math.max(1, warmup);
  return config.learningRate * afterWarmup({ config, step, totalSteps, warmup });
}

export function warmupSteps({ warmupSteps: steps, warmupRatio }: ScheduleConfig, totalSteps: number): number {
  return steps ?? Math.ceil((warmupRatio ?? 0) * totalSteps);
}

interface Position {
  readonly config: ScheduleConfig;
  readonly step: number;
  readonly totalSteps: number;
  readonly warmup: number;
}

function afterWarmup({ config, step, totalSteps, warmup }: Position): number {
  const span = Math.max(1, totalSteps - warmup);
  switch (config.schedule) {
    case 'constant':
      return 1;
    case 'linear':
      return Math.max(0, (totalSteps - step) / span);
    case 'cosine':
      return Math.max(0, 0.5 * (1 + Math.cos((Math.PI * (step - warmup)) / span)));
    case 'wsd': {
      const decay = Math.max(1, Math.ceil((config.decayRatio ?? 0.1) * totalSteps));
      return Math.min(1, Math.max(0, (totalSteps - step) / decay));
    }
    default:
      config.schedule satisfies never;
      throw new BezoarError('BAD_CONFIG', `There is no schedule "${String(config.schedule)}".`, {
        advice: 'Known: constant, linear, cosine, wsd.',
      });
  }
}
