import { IGNORED } from '@bezoar/model';
import { describe, expect, it } from 'vitest';
import { lettersTokenizer as tokenizer } from './__fixtures__/letters-tokenizer.ts';
import { encodePair } from './encode-pair.ts';

const codes = (text: string): number[] => Array.from(text, (char) => char.charCodeAt(0));
describe('encodePair', () => {
  it('puts BOS before the prompt and EOS behind both answers', () => {
    const { chosen, rejected } = encodePair(
      { id: 'a', prompt: 'p<end>', chosen: 'c', rejected: 'rr' },
      { tokenizer },
    );
    expect(chosen.tokens).toEqual([1, ...codes('p<end>c'), 2]);
    expect(chosen.labels).toEqual([IGNORED, ...codes('p<end>').map(() => IGNORED), ...codes('c'), 2]);
    expect(rejected.targetCount).toBe(3);
  });

  it('adds nothing to what a chat template rendered, and reads its special tokens', () => {
    const pair = { id: 'a', prompt: 'p<end>', chosen: 'c<end>', rejected: 'r<end>', rendered: true };
    const { chosen } = encodePair(pair, { tokenizer });
    expect(chosen.tokens).toEqual([...codes('p'), 3, ...codes('c'), 3]);
    expect(chosen.targetCount).toBe(2);
  });

  it('cuts a long prompt to its end, then both answers to the room that is left', () => {
    const pair = { id: 'a', prompt: 'abcdef', chosen: 'uvwxyz', rejected: 'r' };
    const { chosen, rejected } = encodePair(pair, { tokenizer, maxLength: 7, maxPromptLength: 3 });
    expect(chosen.tokens).toEqual([1, ...codes('defuvw')]);
    expect(rejected.tokens).toEqual([1, ...codes('defr'), 2]);
  });
});
