import type { RatedCompletion } from '@bezoar/core';
import { expect, it } from 'vitest';
import { lettersTokenizer as tokenizer } from './__fixtures__/letters-tokenizer.ts';
import { encodeRated } from './encode-rated.ts';

const codes = (text: string): number[] => Array.from(text, (char) => char.charCodeAt(0));
const row = (prompt: string, completion: string, label = true): RatedCompletion => ({
  id: completion,
  prompt,
  completion,
  label,
});

it('gives every row the completion of the nearest one before it with another prompt', () => {
  const rows = [row('p', 'aa'), row('p', 'b', false), row('q', 'c')];
  const encoded = encodeRated(rows, { tokenizer });
  expect(encoded.map(({ side }) => side.tokens)).toEqual([
    [1, ...codes('paa'), 2],
    [1, ...codes('pb'), 2],
    [1, ...codes('qc'), 2],
  ]);
  expect(encoded.map(({ mismatched }) => mismatched.tokens)).toEqual([
    [1, ...codes('pc'), 2],
    [1, ...codes('pc'), 2],
    [1, ...codes('qb'), 2],
  ]);
  expect(encoded.map(({ label }) => label)).toEqual([true, false, true]);
  expect(encoded[0]!.side.targetCount).toBe(3);
});

it('cuts a long prompt to its end, and a completion to the room that is left', () => {
  const rows = [row('abcdef', 'uvwxyz'), row('q', 'c')];
  const [long] = encodeRated(rows, { tokenizer, maxLength: 7, maxPromptLength: 3 });
  expect(long!.side.tokens).toEqual([1, ...codes('defuvw')]);
  // The short completion of the other row fits behind the whole prompt less one token.
  expect(long!.mismatched.tokens).toEqual([1, ...codes('defc'), 2]);
});

it('needs two prompts', () => {
  expect(() => encodeRated([row('p', 'a'), row('p', 'b')], { tokenizer })).toThrow(/same prompt/);
});
