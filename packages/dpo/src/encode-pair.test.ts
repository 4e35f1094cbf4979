import { createRenderedText, IGNORED, type Tokenizer } from '@bezoar/model';
import { describe, expect, it } from 'vitest';
import { encodePair } from './encode-pair.ts';

const codes = (text: string): number[] => Array.from(text, (char) => char.charCodeAt(0));
const tokenizer: Tokenizer = {
  vocabSize: 200,
  bosId: 1,
  eosId: 2,
  unkId: undefined,
  addsBos: true,
  encode: codes,
  decode: String,
  rendered: createRenderedText({
    special: [{ text: '<end>', id: 3 }],
    bosToken: undefined,
    eosToken: undefined,
    encode: codes,
  }),
};

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
});
