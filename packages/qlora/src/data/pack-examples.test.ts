import { createRng } from '@bezoar/core';
import { describe, expect, it } from 'vitest';
import { packExamples } from './pack-examples.ts';

/** The obvious way, in quadratic time. */
function packSlowly(lengths: readonly number[], capacity: number): number[][] {
  const packs: { indices: number[]; used: number }[] = [];
  const order = lengths.map((_, index) => index).toSorted((a, b) => lengths[b]! - lengths[a]!);
  for (const index of order) {
    let pack = packs.find(({ used }) => used + lengths[index]! <= capacity);
    if (pack === undefined) packs.push((pack = { indices: [], used: 0 }));
    pack.indices.push(index);
    pack.used += lengths[index]!;
  }
  return packs.map(({ indices }) => indices);
}

const rng = createRng(3);
const lengths = Array.from({ length: 500 }, () => 1 + rng.int(64));

describe('packExamples', () => {
  it('packs as the obvious way does', () => {
    for (const capacity of [64, 100, 1000])
      expect(packExamples({ lengths, capacity })).toEqual(packSlowly(lengths, capacity));
  });

  it('holds every example once, and no pack more than its capacity', () => {
    const packs = packExamples({ lengths, capacity: 64, rng: createRng(1) });
    expect(packs.flat().toSorted((a, b) => a - b)).toEqual(lengths.map((_, index) => index));
    for (const pack of packs)
      expect(pack.reduce((sum, index) => sum + lengths[index]!, 0)).toBeLessThanOrEqual(64);
  });

  it('draws which equally long examples meet, but never how many packs there are', () => {
    const drawn = [1, 2, 3].map((seed) => packExamples({ lengths, capacity: 64, rng: createRng(seed) }));
    expect(drawn[0]).not.toEqual(drawn[1]);
    expect(packExamples({ lengths, capacity: 64, rng: createRng(1) })).toEqual(drawn[0]);
    expect(new Set(drawn.map((packs) => packs.length)).size).toBe(1);
  });

  it('gives what is longer than a pack one of its own', () => {
    expect(packExamples({ lengths: [2, 9, 3], capacity: 5 })).toEqual([[1], [2, 0]]);
    expect(packExamples({ lengths: [], capacity: 5 })).toEqual([]);
  });
});
