import type { Score } from '../stages/eval-scores.ts';

const z = 1.959963984540054;

/** 95 %: the one that was computed with the score; of older results the normal one, which says nothing where the error is 0. */
export function scoreInterval({ value, stderr, interval }: Score): readonly [number, number] | undefined {
  if (interval !== undefined) return interval;
  if (stderr === undefined || stderr === 0) return undefined;
  return [value - z * stderr, value + z * stderr];
}
