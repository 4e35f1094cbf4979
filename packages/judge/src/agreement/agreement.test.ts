import { createRng } from '@bezoar/core';
import { describe, expect, it } from 'vitest';
import { cohenKappa } from './cohen-kappa.ts';
import { krippendorffAlpha } from './krippendorff-alpha.ts';

describe('cohenKappa', () => {
  it('is 0.4 for the textbook table of 20, 5, 10 and 15', () => {
    const table = [
      ...Array.from({ length: 20 }, () => ['yes', 'yes'] as const),
      ...Array.from({ length: 5 }, () => ['yes', 'no'] as const),
      ...Array.from({ length: 10 }, () => ['no', 'yes'] as const),
      ...Array.from({ length: 15 }, () => ['no', 'no'] as const),
    ];
    expect(cohenKappa(table)).toEqual({ items: 50, raw: 0.7, kappa: expect.closeTo(0.4, 12) as number });
  });
  it('says nothing where chance alone agrees', () => {
    expect(cohenKappa([['yes', 'yes']]).kappa).toBeNaN();
    expect(cohenKappa([]).raw).toBeNaN();
  });
});

describe('krippendorffAlpha', () => {
  // Krippendorff's own example: three observers, 12 units, with gaps. α: nominal 0.691, interval 0.811.
  const observers = [
    [null, null, null, null, null, 3, 4, 1, 2, 1, 1, 3, 3, null, 3],
    [1, null, 2, 1, 3, 3, 4, 3, null, null, null, null, null, null, null],
    [null, null, 2, 1, 3, 4, 4, null, 2, 1, 1, 3, 3, null, 4],
  ];
  const units = observers[0]!.map((_, unit) => observers.map((ratings) => ratings[unit]!));
  it.each([
    ['nominal', 0.691],
    ['interval', 0.811],
  ] as const)('gives the published %s value', (level, alpha) => {
    expect(krippendorffAlpha(units, { level })).toBeCloseTo(alpha, 3);
  });
  it.each(['nominal', 'interval'] as const)('agrees with the sum over all pairs (%s)', (level) => {
    const rng = createRng(`alpha ${level}`);
    const random = Array.from({ length: 40 }, () =>
      Array.from({ length: 1 + rng.int(4) }, () => (rng.next() < 0.2 ? null : rng.int(4))),
    );
    const rated = random
      .map((unit) => unit.filter((value) => value !== null))
      .filter((unit) => unit.length > 1);
    const distance = (a: number, b: number): number => (level === 'nominal' ? Number(a !== b) : (a - b) ** 2);
    const pairSum = (values: readonly number[]): number =>
      values.flatMap((a) => values.map((b) => distance(a, b))).reduce((sum, value) => sum + value, 0);
    const all = rated.flat();
    const observed = rated.reduce((sum, unit) => sum + pairSum(unit) / (unit.length - 1), 0) / all.length;
    const expected = pairSum(all) / (all.length * (all.length - 1));
    expect(krippendorffAlpha(random, { level })).toBeCloseTo(1 - observed / expected, 10);
  });
  it('is 1 when all agree, and says nothing without two values', () => {
    expect(
      krippendorffAlpha(
        [
          ['a', 'a'],
          ['b', 'b'],
        ],
        { level: 'nominal' },
      ),
    ).toBe(1);
    expect(krippendorffAlpha([['a', null]], { level: 'nominal' })).toBeNaN();
  });
});
