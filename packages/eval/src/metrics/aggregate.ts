import { createPythonRandom } from '../fewshot/python-random.ts';
import type { SampleScore } from '../report/evaluation-report.ts';
import { mean, standardError } from './statistics.ts';
import { summarize, type MetricScore, type SummarizeOptions } from './summarize.ts';

/** The rounds of the harness's bootstrap. */
export const defaultBootstrapIters = 100_000;

/** Metrics of which a smaller value is a better one. */
const lowerIsBetter: readonly string[] = [
  'perplexity',
  'word_perplexity',
  'byte_perplexity',
  'bits_per_byte',
];

/** Whether more of a metric is better: not so for perplexities and bits. */
export function higherIsBetter(metric: string): boolean {
  return !lowerIsBetter.includes(metric);
}

export interface AggregateOptions extends SummarizeOptions {
  /** Rounds of the bootstrap behind the error of a perplexity. 0 leaves it out. */
  readonly bootstrapIters: number;
}

/** A metric of all documents: perplexities of summed logarithms, means of everything else. */
export function aggregate(
  values: readonly SampleScore[],
  { bootstrapIters, ...options }: AggregateOptions,
): MetricScore {
  switch (options.metric) {
    case 'perplexity':
      return perplexity(values as readonly number[], { bootstrapIters, ...options });
    case 'word_perplexity':
    case 'byte_perplexity':
      return ratio(values as readonly WeightedScore[], options, (nats) => Math.exp(nats));
    case 'bits_per_byte':
      return ratio(values as readonly WeightedScore[], options, (nats) => nats / Math.LN2);
    default:
      return summarize(values as readonly number[], options);
  }
}

type WeightedScore = Exclude<SampleScore, number>;

const z = 1.959963984540054;

/** exp(−mean of the documents' log-probabilities): per document, not per token. */
function perplexity(
  logProbs: readonly number[],
  { metric, filter, bootstrapIters }: AggregateOptions,
): MetricScore {
  const value = Math.exp(-mean(logProbs));
  const half = z * standardError(logProbs);
  return {
    metric,
    filter,
    value,
    stderr: bootstrapIters === 0 ? NaN : bootstrapError(logProbs, bootstrapIters),
    interval: [value * Math.exp(-half), value * Math.exp(half)],
    n: logProbs.length,
  };
}

/**
 * Bootstrap error of exp(−mean), draw for draw as the harness makes it: rounds in chunks of 1,000, chunk i with CPython's
 * random.Random(i).choices.
 */
function bootstrapError(logProbs: readonly number[], rounds: number): number {
  const chunk = Math.min(1000, rounds);
  const n = logProbs.length;
  const values: number[] = [];
  for (let seed = 0; seed < Math.floor(rounds / chunk); seed++) {
    const random = createPythonRandom(seed);
    for (let round = 0; round < chunk; round++) {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += logProbs[Math.floor(random.random() * n)]!;
      values.push(Math.exp(-sum / n));
    }
  }
  return standardError(values) * Math.sqrt(values.length);
}

/** A function of Σ −logProb / Σ weight. Its error is left out, as in the harness; the interval is that of a ratio, linearised. */
function ratio(
  values: readonly WeightedScore[],
  { metric, filter }: SummarizeOptions,
  of: (nats: number) => number,
): MetricScore {
  const total = values.reduce((sum, [, weight]) => sum + weight, 0);
  const nats = -values.reduce((sum, [logProb]) => sum + logProb, 0) / total;
  const residuals = values.map(([logProb, weight]) => -logProb - nats * weight);
  const half = (z * standardError(residuals) * values.length) / total;
  return {
    metric,
    filter,
    value: of(nats),
    stderr: NaN,
    interval: [of(nats - half), of(nats + half)],
    n: values.length,
  };
}
