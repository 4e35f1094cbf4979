import { createRng } from '@bezoar/core';
import { describe, expect, it } from 'vitest';
import { smooth } from './smooth.ts';
import { thin } from './thin.ts';

type Point = readonly [number, number];

function walk(length: number, seed: string): Point[] {
  const rng = createRng(seed);
  return Array.from({ length }, (_, index) => [index + 1, rng.next() * 10 - 5]);
}

describe('thin', () => {
  it.each([3, 10, 99, 1000, 4321])('keeps ends, peaks and order of %i points', (length) => {
    const points = walk(length, `thin-${length}`);
    points[length >> 1] = [(length >> 1) + 1, 1000];
    const kept = thin(points, 40);
    expect(kept.length).toBeLessThanOrEqual(40);
    expect(kept.length).toBeGreaterThanOrEqual(Math.min(length, 21));
    expect([kept[0], kept.at(-1)]).toEqual([points[0], points.at(-1)]);
    const values = (line: readonly Point[]): number[] => line.map(([, y]) => y);
    expect(Math.max(...values(kept))).toBe(1000);
    expect(Math.min(...values(kept.slice(1, -1)))).toBe(Math.min(...values(points.slice(1, -1))));
    expect(kept.every(([x], index) => index === 0 || x > kept[index - 1]![0])).toBe(true);
    for (const point of kept) expect(points).toContain(point);
  });

  it('leaves a short line as it is', () => {
    const points = walk(40, 'short');
    expect(thin(points, 40)).toBe(points);
  });
});

describe('smooth', () => {
  it('is the mean of the neighbours, fewer at the ends', () => {
    const points = walk(97, 'smooth');
    const span = 6;
    const slow = points.map(([x], index) => {
      const near = points.filter((_, other) => Math.abs(other - index) <= span);
      return [x, near.reduce((sum, [, y]) => sum + y, 0) / near.length] as const;
    });
    for (const [index, [x, y]] of smooth(points, span).entries()) {
      expect(x).toBe(slow[index]![0]);
      expect(y).toBeCloseTo(slow[index]![1], 10);
    }
  });
});
