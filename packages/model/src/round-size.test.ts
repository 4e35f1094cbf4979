import { expect, it } from 'vitest';
import { roundSize } from './round-size.ts';

it('gives few sizes, none of them smaller or much greater', () => {
  const sizes = Array.from({ length: 1000 }, (_, index) => index + 1);
  const rounded = sizes.map(roundSize);
  rounded.forEach((size, index) => {
    expect(size).toBeGreaterThanOrEqual(sizes[index]!);
    if (sizes[index]! >= 8) expect(size / sizes[index]!).toBeLessThanOrEqual(1.25);
    expect(roundSize(size)).toBe(size);
  });
  expect([...new Set(rounded)].slice(0, 10)).toEqual([8, 10, 12, 14, 16, 20, 24, 28, 32, 40]);
});
