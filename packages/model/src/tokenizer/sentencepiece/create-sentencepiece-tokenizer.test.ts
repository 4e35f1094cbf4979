import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Tokenizer } from '../tokenizer.ts';
import { createSentencePieceTokenizer } from './create-sentencepiece-tokenizer.ts';

interface Cases {
  readonly encode: readonly { readonly text: string; readonly ids: number[]; readonly decoded: string }[];
  readonly decode: readonly { readonly ids: number[]; readonly text: string }[];
}

/** Small models of every kind, with what SentencePiece 0.2.2 says about them: see make-fixtures.py. */
const fixture = (name: string): Buffer => readFileSync(new URL(`__fixtures__/${name}`, import.meta.url));
const cases = Object.entries(JSON.parse(fixture('cases.json').toString()) as Record<string, Cases>);

describe.each(cases)('a model that is %s', (name, { encode, decode }) => {
  const tokenizer = createSentencePieceTokenizer(fixture(`${name}.model`), { what: name });

  it('encodes as SentencePiece does', () => {
    for (const { text, ids } of encode) expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(ids);
  });

  it('encodes the same again, from memory', () => {
    for (const { text } of encode) tokenizer.encode(text);
    for (const { text, ids } of encode) expect(tokenizer.encode(text)).toEqual(ids);
  });

  it('decodes as SentencePiece does', () => {
    for (const { ids, decoded } of encode) expect(tokenizer.decode(ids)).toBe(decoded);
    for (const { ids, text } of decode) expect(tokenizer.decode(ids), JSON.stringify(ids)).toBe(text);
  });
});

describe('createSentencePieceTokenizer', () => {
  it.each([
    ['a unigram model', [0x18, 1], [], /a unigram model is not supported/],
    ['a word model', [0x18, 3], [], /model type 3/],
    ['a normaliser that changes text', [0x18, 2], [0x12, 1, 7], /a normaliser other than the identity/],
    ['spaces behind the words', [0x18, 2, 0xc0, 1, 1], [], /spaces behind the words/],
  ])('refuses %s', (...[, trainer, normalizer, message]) => {
    // pieces { piece: "a" }, trainer_spec, normalizer_spec
    const bytes = Uint8Array.of(
      ...[0x0a, 3, 0x0a, 1, 0x61],
      ...[0x12, trainer.length, ...trainer],
      ...[0x1a, normalizer.length, ...normalizer],
    );
    expect(() => createSentencePieceTokenizer(bytes, { what: 'x' })).toThrow(
      expect.objectContaining({
        code: 'UNSUPPORTED',
        message: expect.stringMatching(message) as string,
      }) as Error,
    );
  });

  it('knows control pieces and tokens that were added later in what a chat template renders', () => {
    const settings = {
      eos_token: '<|im_end|>',
      added_tokens_decoder: { 1: { content: '<s>' }, 5000: { content: '<|im_end|>' } },
    };
    const open = (legacy: boolean): Tokenizer =>
      createSentencePieceTokenizer(fixture('llama-like.model'), {
        what: 'x',
        settings: { ...settings, legacy },
      });
    const legacy = open(true);
    const { bosId, eosId, vocabSize } = legacy;
    expect([bosId, eosId, vocabSize, legacy.rendered!.bosToken]).toEqual([1, 5000, 5001, '<s>']);
    const the = legacy.encode('the');
    expect(legacy.rendered!.encode('<s>the<|im_end|>')).toEqual([1, ...the, 5000]);
    const later = open(false).rendered!;
    expect(later.encode('the<s>')).toEqual([...the, 1]);
    expect(later.encode('<s> the')).toEqual([1, ...the]);
    expect(later.encode('<s>the')).not.toEqual([1, ...the]);
  });

  it('refuses a file that was cut off', () => {
    const whole = fixture('llama-like.model');
    expect(() => createSentencePieceTokenizer(whole.subarray(0, 1000), { what: 'x' })).toThrow(
      expect.objectContaining({ code: 'BAD_FILE' }) as Error,
    );
  });

  it('encodes a very long word: no step is quadratic', () => {
    const tokenizer = createSentencePieceTokenizer(fixture('llama-like.model'), { what: 'x' });
    const text = 's'.repeat(200_000);
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });
});
