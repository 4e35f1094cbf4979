import { describe, expect, it } from 'vitest';
import { createRng, restoreRng, type Rng } from './rng.ts';

const words = (rng: Rng, count: number): number[] =>
  Array.from({ length: count }, () => rng.next() * 2 ** 32);
const draws = (count: number, draw: () => number): number[] => Array.from({ length: count }, draw);
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Pearson's χ² against equal expected counts. */
function chiSquared(counts: readonly number[]): number {
  const expected = mean(counts);
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

describe('the generator', () => {
  it('is xoshiro128**: the published sequence from state 1, 2, 3, 4', () => {
    expect(words(restoreRng([1, 2, 3, 4]), 10)).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  it('expands a seed as it always did: data sets made with a seed can be made again', () => {
    expect(createRng(0).state()).toEqual([1684164658, 3653269916, 2939563536, 2141751570]);
    expect(createRng(42).state()).toEqual([551831576, 144025891, 322543647, 3034809370]);
    expect(createRng('seed').state()).toEqual([1609669225, 3564738239, 797718663, 952430357]);
    expect(createRng('seed').fork('x').state()).toEqual([1229362079, 3044728504, 1821906432, 1998750678]);
  });

  it('derives its draws as it always did', () => {
    const rng = createRng(7);
    expect([rng.normal(), rng.normal()]).toEqual([0.16041188673684276, 2.2017944163969316]);
    expect([rng.int(10), rng.int(1e6)]).toEqual([3, 639358]);
    expect(rng.shuffle([1, 2, 3, 4, 5, 6])).toEqual([6, 5, 4, 3, 1, 2]);
  });

  it('goes on exactly from a saved state, forks included', () => {
    const rng = createRng('run');
    words(rng, 17);
    const restored = restoreRng(rng.state(), 'run');
    expect(words(restored, 20)).toEqual(words(rng, 20));
    expect(restored.fork('part').state()).toEqual(rng.fork('part').state());
  });

  it('draws uniformly: 64 bins of 64,000 draws', () => {
    const rng = createRng(1);
    const counts = new Array<number>(64).fill(0);
    for (let i = 0; i < 64_000; i++) counts[Math.floor(rng.next() * 64)]! += 1;
    expect(chiSquared(counts)).toBeLessThan(103); // the 99.9th percentile at 63 degrees of freedom
  });

  it('stays in [0, 1)', () => {
    const rng = createRng(3);
    expect(draws(10_000, () => rng.next()).every((value) => value >= 0 && value < 1)).toBe(true);
  });
});

describe('fork', () => {
  it('does not depend on what was drawn before', () => {
    const fresh = createRng(5);
    const used = createRng(5);
    words(used, 100);
    expect(used.fork('shuffle').state()).toEqual(fresh.fork('shuffle').state());
  });

  it('leaves its parent as it was', () => {
    const rng = createRng(5);
    const before = rng.state();
    words(rng.fork('a'), 10);
    expect(rng.state()).toEqual(before);
  });

  it('differs by label, by seed and by the order of labels', () => {
    const states = [
      createRng(1).fork('a'),
      createRng(1).fork('b'),
      createRng(2).fork('a'),
      createRng(1).fork('a').fork('b'),
      createRng(1).fork('b').fork('a'),
      createRng(1),
    ].map((rng) => rng.state().join());
    expect(new Set(states).size).toBe(states.length);
  });

  it('gives uncorrelated streams', () => {
    const [a, b] = [createRng(1).fork('a'), createRng(1).fork('b')];
    const count = 20_000;
    const products = draws(count, () => (a.next() - 0.5) * (b.next() - 0.5) * 12);
    expect(Math.abs(mean(products))).toBeLessThan(4 / Math.sqrt(count));
  });
});

describe('int', () => {
  it('reaches every value below the bound, equally often', () => {
    const rng = createRng(9);
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 7_000; i++) counts[rng.int(7)]! += 1;
    expect(chiSquared(counts)).toBeLessThan(22.5); // the 99.9th percentile at 6 degrees of freedom
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses the bound %s', (bound) => {
    expect(() => createRng(1).int(bound)).toThrow(RangeError);
  });
});

describe('normal', () => {
  it('has mean 0, variance 1 and the tails of a normal distribution', () => {
    const rng = createRng(11);
    const values = draws(50_000, () => rng.normal());
    expect(Math.abs(mean(values))).toBeLessThan(0.018);
    expect(mean(values.map((value) => value ** 2))).toBeCloseTo(1, 1);
    expect(mean(values.map((value) => Number(Math.abs(value) > 1.96)))).toBeCloseTo(0.05, 2);
    expect(values.every(Number.isFinite)).toBe(true);
  });
});

describe('pick and pickWeighted', () => {
  it('picks in proportion to the weights, and never what has weight 0', () => {
    const rng = createRng(13);
    const counts = { a: 0, b: 0, c: 0 };
    for (let i = 0; i < 8_000; i++) counts[rng.pickWeighted(['a', 'b', 'c'] as const, [3, 0, 1])] += 1;
    expect(counts.b).toBe(0);
    expect(counts.a / 8_000).toBeCloseTo(0.75, 1);
  });

  it('does not pick a leading weight 0 on a draw of exactly 0', () => {
    const rng = restoreRng([0, 0, 0, 0]); // the one state that always draws 0
    expect(rng.pickWeighted(['zero', 'one'], [0, 1])).toBe('one');
  });

  it('refuses an empty list, unequal lengths and a sum of 0', () => {
    const rng = createRng(1);
    expect(() => rng.pick([])).toThrow(RangeError);
    expect(() => rng.pickWeighted([], [])).toThrow(RangeError);
    expect(() => rng.pickWeighted(['a'], [1, 2])).toThrow(RangeError);
    expect(() => rng.pickWeighted(['a', 'b'], [0, 0])).toThrow(RangeError);
  });
});

describe('shuffle and sample', () => {
  it('makes every order of three equally often, and leaves the list alone', () => {
    const rng = createRng(17);
    const items = [1, 2, 3] as const;
    const counts = new Map<string, number>();
    for (let i = 0; i < 6_000; i++) {
      const order = rng.shuffle(items).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(items).toEqual([1, 2, 3]);
    expect(counts.size).toBe(6);
    expect(chiSquared([...counts.values()])).toBeLessThan(20.5); // the 99.9th percentile at 5 degrees of freedom
  });

  it('samples distinct elements', () => {
    const items = Array.from({ length: 50 }, (_, i) => i);
    const sample = createRng(19).sample(items, 20);
    expect(new Set(sample).size).toBe(20);
    expect(() => createRng(19).sample(items, 51)).toThrow(RangeError);
  });
});
