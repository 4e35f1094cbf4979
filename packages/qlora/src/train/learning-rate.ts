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
  /** Share of the greatest rate at which linear, cosine and WSD end; 0 by default. */
  readonly minLearningRateRatio?: number | undefined;
  /** WSD only: steps at the end in which the rate falls. Takes precedence over the ratio. */
  readonly decaySteps?: number | undefined;
  /** WSD only: share of all steps, rounded up; 0.1 by default. */
  readonly decayRatio?: number | undefined;
  /** WSD only: how the rate falls; along half a cosine by default. */
  readonly decayShape?: 'linear' | 'cosine' | '1-sqrt' | undefined;
}

/**
 * The learning rate of 0-based step `step` of `totalSteps`, as transformers' schedulers give it: warm-up step/W; then constant 1,
 * linear (T − t)/(T − W), cosine ½(1 + cos π(t − W)/(T − W)), or warm-up–stable–decay, whose warm-up begins at the least rate.
 * What falls, falls to `minLearningRateRatio`.
 */
export function learningRateAt(config: ScheduleConfig, step: number, totalSteps: number): number {
  return config.learningRate * factorAt(config, step, totalSteps);
}

/** Steps of linear warm-up: `warmupSteps`, or its ratio of all steps, rounded up. */
export function warmupSteps({ warmupSteps: steps, warmupRatio }: ScheduleConfig, totalSteps: number): number {
  return steps ?? Math.ceil((warmupRatio ?? 0) * totalSteps);
}

function factorAt(config: ScheduleConfig, step: number, totalSteps: number): number {
  const least = config.minLearningRateRatio ?? 0;
  const above = (share: number): number => Math.max(0, share) * (1 - least) + least;
  const warmup = warmupSteps(config, totalSteps);
  if (step < warmup) {
    const share = step / Math.max(1, warmup);
    return config.schedule === 'wsd' ? above(share) : share;
  }
  const span = Math.max(1, totalSteps - warmup);
  switch (config.schedule) {
    case 'constant':
      return 1;
    case 'linear':
      return above((totalSteps - step) / span);
    case 'cosine':
      return above(halfCosine((step - warmup) / span));
    case 'wsd':
      return above(decayShare(config, step, totalSteps));
    default:
      config.schedule satisfies never;
      throw new BezoarError('BAD_CONFIG', `There is no schedule "${String(config.schedule)}".`, {
        advice: 'Known: constant, linear, cosine, wsd.',
      });
  }
}

/** 1 until the decay begins, 0 when it has ended. */
function decayShare(
  { decaySteps, decayRatio = 0.1, decayShape = 'cosine' }: ScheduleConfig,
  step: number,
  totalSteps: number,
): number {
  const decay = Math.max(1, decaySteps ?? Math.ceil(decayRatio * totalSteps));
  const progress = Math.min(1, Math.max(0, 1 - (totalSteps - step) / decay));
  if (decayShape === 'linear') return 1 - progress;
  return decayShape === 'cosine' ? halfCosine(progress) : 1 - Math.sqrt(progress);
}

function halfCosine(progress: number): number {
  return 0.5 * (1 + Math.cos(Math.PI * progress));
}
