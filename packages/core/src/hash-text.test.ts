import { expect, it } from 'vitest';
import { hashText } from './hash-text.ts';

it('names a text as it always did: row ids stay what they were', () => {
  expect(hashText('')).toBe('0bdcb81aee8d83');
  expect(hashText('a')).toBe('1c2ba782c97901');
  expect(hashText('Bezoar')).toBe('073e447b3647db');
  expect(hashText('naïve 🦌')).toBe('13317f847cb9a0');
});

it('is always 14 hex digits, and differs between near texts', () => {
  const names = Array.from({ length: 20_000 }, (_, i) => hashText(`row ${i}`));
  expect(names.every((name) => /^[0-9a-f]{14}$/.test(name))).toBe(true);
  expect(new Set(names).size).toBe(names.length);
});
