import { expect, it } from 'vitest';
import { main } from './main.ts';

it('makes two rows of a fact, and says what it could not use', async () => {
  const { rows, dropped } = await main();
  expect(rows).toEqual([
    'What color is the robin? The robin is red.',
    'Which animal is red? The robin is red.',
    'What color is the swan? The swan is white.',
    'Which animal is white? The swan is white.',
  ]);
  expect(dropped).toEqual(['not-two-questions']);
});
