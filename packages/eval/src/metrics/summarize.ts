import { createRng } from '@bezoar/core';
import { mean, quantile, standardError } from './statistics.ts';

/** A metric's mean over the documents. */
export interface MetricScore {
  readonly metric: string;
  readonly filter: string;
  readonly value: number;
  /** Sample standard deviation / √n; NaN for a single document. */
  readonly stderr: number;
  /** 95 %: Wilson's for scores of 0 and 1, bootstrap percentiles for others. */
  readonly interval: readonly [low: number, high: number];
  readonly n: number;
}

/** The mean of a metric's values, one for each document, with its uncertainty. */
export function summarize(
  values: readonly number[],
  { metric, filter }: { readonly metric: string; readonly filter: string },
): MetricScore {
  const binary = values.every((value) => value === 0 || value === 1);
  return {
    metric,
    filter,
    value: mean(values),
    stderr: standardError(values),
    interval: binary ? wilsonInterval(mean(values), values.length) : bootstrapInterval(values),
    n: values.length,
  };
}

const z = 1.959963984540054; // the 97.5th percentile of a standard normal

/** Wilson's 95 % interval of a share p of n (Wilson 1927): inside [0, 1] and right at p = 0 and 1 too. */
export function wilsonInterval(p: number, n: number): [low: number, high: number] {
  const centre = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / (1 + (z * z) / n);
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

export interface BootstrapOptions {
  /** 1,000 by default. */
  readonly rounds?: number;
  /** 0 by default. */
  readonly seed?: number;
}

/** The 95 % percentile interval of the mean over documents drawn with replacement (Efron 1979). */
export function bootstrapInterval(
  values: readonly number[],
  options: BootstrapOptions = {},
): [low: number, high: number] {
  const means = bootstrapMeans(values, options).sort((a, b) => a - b);
  return [quantile(means, 0.025), quantile(means, 0.975)];
}

/** Means of as many draws with replacement as there are rounds. */
export function bootstrapMeans(
  values: readonly number[],
  { rounds = 1000, seed = 0 }: BootstrapOptions,
): number[] {
  const rng = createRng(seed).fork('bootstrap');
  return Array.from({ length: rounds }, () => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[rng.int(values.length)]!;
    return sum / values.length;
  });
}
