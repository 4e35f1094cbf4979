import type { Rng } from '@bezoar/core';
import { collectionOf, type FlanRow } from './flan-row.ts';
import type { FlanCollection } from './system-messages.ts';

export interface DrawOptions {
  readonly rows: readonly FlanRow[];
  /** All of them by default. */
  readonly count?: number;
  /** Relative shares; in proportion to its rows by default. A sub-collection that is left out has none. */
  readonly shares?: Partial<Readonly<Record<FlanCollection, number>>>;
}

/**
 * A stratified draw without repeats: each sub-collection gives its share, rounded by largest remainders, as far as it has rows;
 * what is missing comes from the others. In random order.
 */
export function drawRows({ rows, count = rows.length, shares }: DrawOptions, rng: Rng): FlanRow[] {
  const strata = new Map<FlanCollection, FlanRow[]>();
  for (const row of rows) {
    const collection = collectionOf(row);
    const members = strata.get(collection);
    if (members === undefined) strata.set(collection, [row]);
    else members.push(row);
  }
  const members = [...strata.values()];
  const quotas = apportion(
    Math.min(count, rows.length),
    [...strata].map(([collection, { length }]) =>
      shares === undefined ? length : (shares[collection] ?? 0),
    ),
  );
  const shuffled = members.map((each) => rng.shuffle(each));
  const drawn = shuffled.flatMap((each, index) => each.slice(0, quotas[index]));
  const rest = shuffled.flatMap((each, index) => each.slice(quotas[index]));
  return rng.shuffle([...drawn, ...rng.shuffle(rest)].slice(0, count));
}

/** Whole numbers that add up to `total`, in proportion to the weights (Hamilton's method). Zeros when all weights are 0. */
function apportion(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  if (sum === 0) return weights.map(() => 0);
  const exact = weights.map((weight) => (total * weight) / sum);
  const whole = exact.map(Math.floor);
  const byRemainder = exact
    .map((value, index) => ({ index, remainder: value - Math.floor(value) }))
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index);
  const missing = total - whole.reduce((a, b) => a + b, 0);
  for (const { index } of byRemainder.slice(0, missing)) whole[index]!++;
  return whole;
}
