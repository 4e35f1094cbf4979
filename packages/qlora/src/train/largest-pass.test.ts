import { expect, it } from 'vitest';
import { largestPass } from './largest-pass.ts';

it('is that of the longest sequences', () => {
  expect(largestPass([3, 9, 5, 7], 2)).toBe(16);
  expect(largestPass([3, 9], 4)).toBe(12);
});
