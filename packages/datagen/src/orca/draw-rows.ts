import { BezoarError, type Rng } from '@bezoar/core';
import { collectionOf, type FlanRow } from './flan-row.ts';
import type { FlanCollection } from './system-messages.ts';

/** Rows, or a function that goes through them from the start as often as it is called: then only what is drawn is kept in memory. */
export type FlanRows = readonly FlanRow[] | (() => AsyncIterable<FlanRow>);

export interface DrawOptions {
  readonly rows: FlanRows;
  /** All of them by default. */
  readonly count?: number;
  /** Relative shares; in proportion to its rows by default. A sub-collection that is left out has none. */
  readonly shares?: Partial<Readonly<Record<FlanCollection, number>>>;
}

/**
 * A stratified draw without repeats: each sub-collection gives its share, rounded by largest remainders, as far as it has rows;
 * what is missing comes from the others. In random order. What is drawn depends on the rows and not on how they are given.
 * Throws BezoarError BAD_INPUT when a function gives fewer rows the second time.
 */
export async function drawRows({ rows, ...options }: DrawOptions, rng: Rng): Promise<FlanRow[]> {
  // Numbers of rows by sub-collection: all that has to be known of millions of rows to draw some.
  const strata = new Map<FlanCollection, number[]>();
  let total = 0;
  for await (const row of open(rows)) {
    const collection = collectionOf(row);
    const members = strata.get(collection);
    if (members === undefined) strata.set(collection, [total++]);
    else members.push(total++);
  }
  const drawn = drawNumbers(strata, { total, ...options }, rng);
  if (typeof rows !== 'function') return drawn.map((number) => rows[number]!);
  const wanted = new Set(drawn);
  const found = new Map<number, FlanRow>();
  let number = 0;
  for await (const row of rows()) {
    if (wanted.has(number)) found.set(number, row);
    number++;
    if (found.size === wanted.size) break;
  }
  if (found.size < wanted.size) {
    throw new BezoarError('BAD_INPUT', `There were ${total} FLAN rows, and then only ${number}.`, {
      advice: 'Let nobody change the files while they are read.',
    });
  }
  return drawn.map((each) => found.get(each)!);
}

function open(rows: FlanRows): Iterable<FlanRow> | AsyncIterable<FlanRow> {
  return typeof rows === 'function' ? rows() : rows;
}

interface NumbersOptions extends Pick<DrawOptions, 'count' | 'shares'> {
  readonly total: number;
}

function drawNumbers(
  strata: ReadonlyMap<FlanCollection, readonly number[]>,
  { total, count = total, shares }: NumbersOptions,
  rng: Rng,
): number[] {
  const quotas = apportion(
    Math.min(count, total),
    [...strata].map(([collection, { length }]) =>
      shares === undefined ? length : (shares[collection] ?? 0),
    ),
  );
  const shuffled = [...strata.values()].map((each) => rng.shuffle(each));
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
