import { BezoarError } from '@bezoar/core';
import type { PythonRandom } from './python-random.ts';

/** The harness's `fewshot_random_seed`; one generator per task, whose draws go on from document to document. */
export const defaultFewshotSeed = 1234;

/** A row of the few-shot pool: what shows it, and a text that is equal for equal rows. */
export interface FewshotExample {
  readonly text: string;
  readonly identity: string;
}

export interface FewshotDraw {
  /** Undefined takes the first ones of the pool. */
  readonly random: PythonRandom | undefined;
  readonly pool: readonly FewshotExample[];
  readonly count: number;
  /** One more is drawn, and the document is left out: pool and documents are of the same split, or count as such. */
  readonly sameSplit: boolean;
}

/**
 * The examples of the next document. Must be called once per document, in order: each call moves the generator on. Where
 * equal rows leave too few, the harness draws again from the rows that are not the document.
 */
export function drawFewshot(
  { random, pool, count, sameSplit }: FewshotDraw,
  identity: string,
): FewshotExample[] {
  if (count === 0) return [];
  const isOther = (example: FewshotExample): boolean => example.identity !== identity;
  if (random === undefined) return takeFirst(sameSplit ? pool.filter(isOther) : pool, count);
  if (!sameSplit) return random.sample(pool, count);
  const others = random
    .sample(pool, count + 1)
    .filter(isOther)
    .slice(0, count);
  return others.length < count ? random.sample(pool.filter(isOther), count) : others;
}

function takeFirst(pool: readonly FewshotExample[], count: number): FewshotExample[] {
  if (count > pool.length) {
    throw new BezoarError('BAD_INPUT', `There are no ${count} examples: the pool has ${pool.length}.`, {
      advice: 'Give more few-shot rows or ask for fewer shots.',
    });
  }
  return pool.slice(0, count);
}
