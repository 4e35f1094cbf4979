import { expect, it } from 'vitest';
import { formatNumber, sampled } from '../src/page/curve-numbers.ts';

it('writes numbers short, and never as 0 what is not', () => {
  const values = [0, 0.69314718, 12.345, 1234.5, -0.25, 0.00012345];
  expect(values.map(formatNumber)).toEqual(['0', '0.693', '12.3', '1230', '-0.25', '1.2e-4']);
});

it('keeps the ends when it leaves values out', () => {
  const items = Array.from({ length: 100 }, (_, index) => index);
  expect(sampled(items, 5)).toEqual([0, 25, 50, 74, 99]);
  expect(sampled(items.slice(0, 3), 5)).toEqual([0, 1, 2]);
});
