import { createRng } from '@bezoar/core';
import { expect, it } from 'vitest';
import { learnMerges, type Merge, type Word } from './learn-merges.ts';

/** The definition, counting everything again for every merge. */
function learnSlowly(corpus: readonly Word[], wanted: number): Merge[] {
  let words = corpus.map(({ symbols, count }) => ({ text: symbols.join(' '), count }));
  const merges: Merge[] = [];
  while (merges.length < wanted) {
    const counts = new Map<string, number>();
    for (const { text, count } of words) {
      const symbols = text.split(' ');
      for (const [i, left] of symbols.slice(0, -1).entries()) {
        const key = `${left} ${symbols[i + 1]!}`;
        counts.set(key, (counts.get(key) ?? 0) + count);
      }
    }
    const [best] = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
    if (best === undefined || best[1] < 2) break;
    const [left = '', right = ''] = best[0].split(' ');
    merges.push([left, right]);
    words = words.map(({ text, count }) => {
      const merged: string[] = [];
      for (const symbol of text.split(' ')) {
        // A symbol that was just merged does not take another one.
        if (symbol === right && merged.at(-1) === left) merged.splice(-1, 1, `${left}+${right}`);
        else merged.push(symbol);
      }
      return { text: merged.map((symbol) => symbol.replace('+', '')).join(' '), count };
    });
  }
  return merges;
}

it.each([1, 2, 3, 4, 5, 6, 7, 8])('learns what the definition says, on random words (%i)', (seed) => {
  const rng = createRng(seed);
  const letters = 'abcd'.slice(0, 2 + (seed % 3));
  const corpus = Array.from({ length: 60 }, (): Word => ({
    symbols: Array.from({ length: 1 + rng.int(9) }, () => letters[rng.int(letters.length)]!),
    count: 1 + rng.int(4),
  }));
  const merges = learnMerges(corpus, 200);
  expect(merges.length).toBeGreaterThan(30);
  expect(merges).toEqual(learnSlowly(corpus, 200));
});

it('leaves the corpus alone, and stops when nothing occurs twice', () => {
  const corpus: Word[] = [{ symbols: ['a', 'b', 'c'], count: 1 }];
  expect(learnMerges(corpus, 5)).toEqual([]);
  expect(learnMerges([{ symbols: ['a', 'a', 'a'], count: 1 }], 5)).toEqual([['a', 'a']]);
  expect(corpus).toEqual([{ symbols: ['a', 'b', 'c'], count: 1 }]);
});
