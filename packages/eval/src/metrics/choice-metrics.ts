import { codePointLength } from '../python-text.ts';
import type { ChoiceItem } from '../tasks/item.ts';

/** A score in [0, 1] from the summed log-probabilities of the choices. */
export type ChoiceMetric = (logProbs: readonly number[], item: ChoiceItem) => number;

/** 1 when a right choice has the greatest log-probability; the first of equal ones counts. */
export const acc: ChoiceMetric = (logProbs, { correct }) => (correct[indexOfMax(logProbs)] === true ? 1 : 0);

/** `acc` of log-probabilities per character. Characters are code points of the bare choice, as the harness counts. */
export const accNorm: ChoiceMetric = (logProbs, item) =>
  acc(
    logProbs.map((logProb, index) => logProb / codePointLength(item.choices[index]!)),
    item,
  );

/** `acc` of log-probabilities per byte of the bare choice in UTF-8. */
export const accBytes: ChoiceMetric = (logProbs, item) =>
  acc(
    logProbs.map((logProb, index) => logProb / new TextEncoder().encode(item.choices[index]).length),
    item,
  );

/**
 * The share of probability on right choices, Σ_right exp(l) / Σ exp(l) (Lin et al. 2021, MC2). The greatest l is taken off
 * first: long answers would underflow otherwise.
 */
export const mc2: ChoiceMetric = (logProbs, { correct }) => {
  const greatest = Math.max(...logProbs);
  const weights = logProbs.map((logProb) => Math.exp(logProb - greatest));
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return sum(weights.filter((_, index) => correct[index]!)) / sum(weights);
};

function indexOfMax(values: readonly number[]): number {
  return values.reduce((best, value, index) => (value > values[best]! ? index : best), 0);
}
