import { createRng } from '@bezoar/core';
import { clusterTotals } from './cluster-totals.ts';
import { mean, quantile, standardError } from './statistics.ts';

/** A metric's value over the documents: a mean, for most. */
export interface MetricScore {
  readonly metric: string;
  readonly filter: string;
  readonly value: number;
  /** As LM-Eval-Harness has it: sample standard deviation / √n for means; NaN where there is none, a single document for example. */
  readonly stderr: number;
  /** 95 %: Wilson's for scores of 0 and 1, bootstrap percentiles for other means. */
  readonly interval: readonly [low: number, high: number];
  readonly n: number;
  /** Where documents are no independent draws: the error that counts them by cluster. */
  readonly clustered?: ClusteredError;
}

export interface ClusteredError {
  readonly stderr: number;
  /** 95 %: Student's t with one degree of freedom fewer than clusters. */
  readonly interval: readonly [low: number, high: number];
  /** How many clusters there are. */
  readonly clusters: number;
}

export interface SummarizeOptions {
  readonly metric: string;
  readonly filter: string;
  /** The cluster of each value. Nothing is clustered by default. */
  readonly clusters?: readonly string[];
}

/** The mean of a metric's values, one for each document, with its uncertainty. */
export function summarize(
  values: readonly number[],
  { metric, filter, clusters }: SummarizeOptions,
): MetricScore {
  const binary = values.every((value) => value === 0 || value === 1);
  const clustered = clusters === undefined ? undefined : clusteredError(values, clusters);
  return {
    metric,
    filter,
    value: mean(values),
    stderr: standardError(values),
    interval: binary ? wilsonInterval(mean(values), values.length) : bootstrapInterval(values),
    n: values.length,
    ...(clustered === undefined ? {} : { clustered }),
  };
}

/**
 * The standard error of a mean whose values come in clusters (Liang and Zeger 1986; for evaluations: Miller 2024):
 * √(G/(G−1) · Σ_g (Σ_{i∈g} (x_i − x̄))²) / n over G clusters. Undefined where every value is a cluster of its own, or all are one.
 */
export function clusteredError(
  values: readonly number[],
  clusters: readonly string[],
): ClusteredError | undefined {
  const centre = mean(values);
  const totals = clusterTotals(
    values.map((value) => value - centre),
    clusters,
  );
  const count = totals.length;
  if (count < 2 || count === values.length) return undefined;
  const squares = totals.reduce((sum, total) => sum + total * total, 0);
  const stderr = Math.sqrt((count / (count - 1)) * squares) / values.length;
  const half = studentQuantile(count - 1) * stderr;
  return { stderr, interval: [centre - half, centre + half], clusters: count };
}

const z = 1.959963984540054; // the 97.5th percentile of a standard normal

/** The 97.5th percentile of Student's t: the expansion of Abramowitz and Stegun (1964), 26.7.5; exact for 1 and 2 degrees. */
export function studentQuantile(degrees: number): number {
  if (degrees === 1) return 12.706204736432095;
  if (degrees === 2) return 4.302652729911275;
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160,
  ];
  return terms.reduce((sum, term, index) => sum + term / degrees ** (index + 1), z);
}

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
function bootstrapMeans(values: readonly number[], { rounds = 1000, seed = 0 }: BootstrapOptions): number[] {
  const rng = createRng(seed).fork('bootstrap');
  return Array.from({ length: rounds }, () => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[rng.int(values.length)]!;
    return sum / values.length;
  });
}
