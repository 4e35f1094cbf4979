import type { Rng } from '@bezoar/core';

export interface SampleOptions {
  /** Above 0. */
  readonly temperature: number;
  readonly topP?: number | undefined;
  readonly rng: Rng;
}

/**
 * Draws one index from softmax(logits / temperature), of the smallest set of greatest probabilities that sums to at
 * least topP (nucleus sampling, Holtzman et al. 2020).
 */
export function sampleToken(logits: Float32Array, { temperature, topP = 1, rng }: SampleOptions): number {
  let max = -Infinity;
  for (const logit of logits) max = Math.max(max, logit);
  const weights = Float64Array.from(logits, (logit) => Math.exp((logit - max) / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (topP >= 1) return draw(weights.keys(), weights, rng.next() * total);

  const order = Array.from(weights.keys()).sort((i, j) => weights[j]! - weights[i]! || i - j);
  let mass = 0;
  let kept = 0;
  while (kept < order.length && mass < topP * total) mass += weights[order[kept++]!]!;
  return draw(order.slice(0, kept), weights, rng.next() * mass);
}

function draw(indices: Iterable<number>, weights: Float64Array, point: number): number {
  let rest = point;
  let last = 0;
  for (const index of indices) {
    if (weights[index]! === 0) continue;
    last = index;
    rest -= weights[index]!;
    if (rest < 0) break;
  }
  return last;
}
