import { expect, it } from 'vitest';
import { fitLine } from './fit-line.ts';

const parts = [
  { text: 'step 1/2', rank: 0 },
  { text: 'loss 0.5', rank: 1 },
  { text: 'lr 1', rank: 3 },
  { text: '5 s left', rank: 2 },
];

it.each([
  [40, 'step 1/2 · loss 0.5 · lr 1 · 5 s left'],
  [37, 'step 1/2 · loss 0.5 · lr 1 · 5 s left'],
  [36, 'step 1/2 · loss 0.5 · 5 s left'],
  [29, 'step 1/2 · loss 0.5'],
  [18, 'step 1/2'],
  [4, 'step'],
])('fits a line into %d characters', (width, line) => {
  expect(fitLine(parts, width)).toBe(line);
});
