import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { jsonVocabulary } from './json-vocabulary.ts';
import { preTokenizerName } from './pre-tokenizer-name.ts';
import { sentencePieceVocabulary } from './sentencepiece-vocabulary.ts';
import { tokenType } from './vocabulary.ts';

const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false };
const split = (regex: string): object => ({
  type: 'Sequence',
  pretokenizers: [
    { type: 'Split', pattern: { Regex: regex }, behavior: 'Isolated', invert: false },
    byteLevel,
  ],
});
/** As they stand in the models' own tokenizer.json. */
const llama3 = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
const qwen2 = llama3.replace('{1,3}', '');

describe('preTokenizerName', () => {
  it.each<[string | undefined, object]>([
    ['llama-bpe', { normalizer: null, pre_tokenizer: split(llama3) }],
    ['qwen2', { normalizer: { type: 'NFC' }, pre_tokenizer: split(qwen2) }],
    ['gpt-2', { pre_tokenizer: { ...byteLevel, use_regex: true } }],
    [
      'smollm',
      {
        pre_tokenizer: {
          type: 'Sequence',
          pretokenizers: [
            { type: 'Digits', individual_digits: true },
            { ...byteLevel, use_regex: true },
          ],
        },
      },
    ],
    [undefined, { pre_tokenizer: split(String.raw`\p{L}+`) }],
    [undefined, { pre_tokenizer: { ...byteLevel, add_prefix_space: true, use_regex: true } }],
    [undefined, { normalizer: { type: 'Lowercase' }, pre_tokenizer: split(llama3) }],
    [undefined, { pre_tokenizer: null }],
  ])('%s', (name, file) => {
    expect(preTokenizerName(file)).toBe(name);
  });
});

describe('jsonVocabulary', () => {
  const file = {
    normalizer: { type: 'Prepend', prepend: '▁' },
    pre_tokenizer: null,
    added_tokens: [
      { id: 0, content: '<unk>', special: true },
      { id: 1, content: '</s>', special: true },
      { id: 6, content: '<tool>', special: false },
    ],
    model: {
      type: 'BPE',
      byte_fallback: true,
      unk_token: '<unk>',
      vocab: { '<unk>': 0, '</s>': 1, '<0x0A>': 2, '▁': 3, a: 4, '▁a': 5, aa: 7 },
      merges: ['▁ a', ['a', 'a']],
    },
  };

  it('scores what characters are merged to by the rank of its merge', () => {
    const { tokens, ...vocabulary } = jsonVocabulary(file, 'tokenizer.json');
    expect(vocabulary).toEqual({ model: 'llama', pre: 'default', addSpacePrefix: true });
    const { unknown, control, byte, normal, userDefined } = tokenType;
    expect(tokens.map((token) => token?.type)).toEqual([
      unknown,
      control,
      byte,
      normal,
      normal,
      normal,
      userDefined,
      normal,
    ]);
    expect([5, 7, 4].map((id) => tokens[id]!.score + 0)).toEqual([0, -1, -2]);
  });
});

describe('sentencePieceVocabulary', () => {
  it('has the pieces with their scores, and tokens that were added later', async () => {
    const path = new URL('../tokenizer/sentencepiece/__fixtures__/llama-like.model', import.meta.url);
    const settings = {
      added_tokens_decoder: {
        '0': { content: '<unk>', special: true },
        '5000': { content: '<|im_start|>', special: true },
        '5001': { content: '<tool>', special: false },
      },
    };
    const { tokens, model, addSpacePrefix } = sentencePieceVocabulary(await readFile(path), {
      what: 'x',
      settings,
    });
    expect({ model, addSpacePrefix }).toEqual({ model: 'llama', addSpacePrefix: true });
    expect(tokens[0]).toMatchObject({ text: '<unk>', type: tokenType.unknown });
    expect(tokens.filter((token) => token?.type === tokenType.byte)).toHaveLength(256);
    expect(tokens[5000]).toEqual({ text: '<|im_start|>', type: tokenType.control, score: -1000 });
    expect(tokens[5001]?.type).toBe(tokenType.userDefined);
  });
});
