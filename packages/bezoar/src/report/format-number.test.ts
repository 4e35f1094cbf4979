import { expect, it } from 'vitest';
import { formatDate, formatNumber, formatSeconds } from './format-number.ts';

it('writes numbers for people', () => {
  expect([0, 12, 1234567, 0.123456, 1234.5, 2e-5, Number.NaN].map(formatNumber)).toEqual([
    '0',
    '12',
    '1\u202f234\u202f567',
    '0.1235',
    '1\u202f235',
    '2.0·10⁻⁵',
    '–',
  ]);
  expect([0.25, 59.6, 125, 7260].map(formatSeconds)).toEqual([
    '0.3 s',
    '1 min 0 s',
    '2 min 5 s',
    '2 h 1 min',
  ]);
  expect(formatDate('2026-11-27T05:03:19.466Z')).toBe('2026-11-27 05:03 UTC');
});
