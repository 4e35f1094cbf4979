import { expect, it } from 'vitest';
import { suggestName } from './suggest-name.ts';

it('suggests the nearest known name, or says what is known', () => {
  const known = ['learningRate', 'batchSize', 'loraAlpha'];
  expect(suggestName('learningrate', known)).toBe('Did you mean learningRate?');
  expect(suggestName('batchsiez', known)).toBe('Did you mean batchSize?');
  expect(suggestName('alpha', known)).toBe('Did you mean loraAlpha?');
  expect(suggestName('x', known)).toBe('Known: learningRate, batchSize, loraAlpha.');
  expect(suggestName('x', [])).toBe('There are none.');
});
