import { expect, it } from 'vitest';
import { headingSlug } from './heading-slug.ts';

it.each([
  ['8-bit AdamW', '8-bit-adamw'],
  ['Evaluation, early stopping, the best model', 'evaluation-early-stopping-the-best-model'],
  ['NF4 & QLoRA', 'nf4--qlora'],
  ['`acc_norm`?', 'acc_norm'],
])('makes of "%s" what GitHub makes of it', (heading, slug) => {
  expect(headingSlug(heading)).toBe(slug);
});
