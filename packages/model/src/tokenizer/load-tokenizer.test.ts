import { memoryFolder } from '@bezoar/formats';
import { describe, expect, it } from 'vitest';
import { loadTokenizer } from './load-tokenizer.ts';
import { trainByteLevelBpe } from './train-byte-level-bpe.ts';

const texts = ['The robin is brown.', 'The robin lives in the garden.', 'In the garden there are 12 robins!'];
const specialTokens = ['<unk>', '<s>', '</s>'];

function folderOf(files: Record<string, unknown>): ReturnType<typeof memoryFolder> {
  return memoryFolder(
    new Map(
      Object.entries(files).map(([name, json]) => [name, new TextEncoder().encode(JSON.stringify(json))]),
    ),
  );
}

describe('trainByteLevelBpe', () => {
  const json = trainByteLevelBpe({ texts, vocabSize: 300, specialTokens });

  it('makes a tokenizer.json that round-trips any text', async () => {
    const tokenizer = await loadTokenizer(folderOf({ 'tokenizer.json': json }));
    for (const text of [
      ...texts,
      ' leading',
      'two  spaces\n\nand\ttabs',
      'ünï😀',
      '',
      '### Response:\n7+5=12',
    ]) {
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    }
    expect([tokenizer.unkId, tokenizer.bosId, tokenizer.eosId]).toEqual([0, 1, 2]);
  });

  it('makes frequent words one token and splits digits', async () => {
    const tokenizer = await loadTokenizer(folderOf({ 'tokenizer.json': json }));
    expect(tokenizer.encode(' robin')).toHaveLength(1);
    expect(tokenizer.encode('12')).toHaveLength(2);
  });

  it('is deterministic', () => {
    expect(trainByteLevelBpe({ texts, vocabSize: 300, specialTokens })).toEqual(json);
  });
});

describe('loadTokenizer', () => {
  it('treats special tokens in a text as text', async () => {
    const tokenizer = await loadTokenizer(
      folderOf({ 'tokenizer.json': trainByteLevelBpe({ texts, vocabSize: 300, specialTokens }) }),
    );
    const ids = tokenizer.encode('a</s>b');
    expect(ids).not.toContain(2);
    expect(tokenizer.decode(ids)).toBe('a</s>b');
    expect(tokenizer.decode([1, ...ids, 2])).toBe('a</s>b');
  });

  it('makes special tokens of what a chat template renders', async () => {
    const tokenizer = await loadTokenizer(
      folderOf({
        'tokenizer.json': trainByteLevelBpe({ texts, vocabSize: 300, specialTokens }),
        'tokenizer_config.json': { bos_token: '<s>', eos_token: { content: '</s>' } },
      }),
    );
    const rendered = tokenizer.rendered!;
    expect([rendered.bosToken, rendered.eosToken]).toEqual(['<s>', '</s>']);
    expect(rendered.encode('<s>The robin</s>')).toEqual([1, ...tokenizer.encode('The robin'), 2]);
    expect(rendered.encode(rendered.protect('a</s>'))).toEqual(tokenizer.encode('a</s>'));
  });

  it('puts a space in front of the first piece only, where the tokenizer says so', async () => {
    const metaspace = (scheme: string): Record<string, unknown> => ({
      version: '1.0',
      added_tokens: [{ id: 0, content: '<s>', special: true }],
      normalizer: null,
      post_processor: null,
      pre_tokenizer: { type: 'Metaspace', replacement: '\u2581', prepend_scheme: scheme, split: false },
      decoder: { type: 'Metaspace', replacement: '\u2581', prepend_scheme: scheme, split: false },
      model: { type: 'BPE', vocab: { '<s>': 0, '\u2581': 1, a: 2, '\u2581a': 3 }, merges: ['\u2581 a'] },
    });
    const encodedWith = async (scheme: string, text: string): Promise<number[]> =>
      (await loadTokenizer(folderOf({ 'tokenizer.json': metaspace(scheme) }))).rendered!.encode(text);
    expect(await encodedWith('first', 'a<s>a')).toEqual([3, 0, 2]);
    expect(await encodedWith('always', 'a<s>a')).toEqual([3, 0, 3]);
  });

  it('reads add_bos_token', async () => {
    const files = {
      'tokenizer.json': trainByteLevelBpe({ texts, vocabSize: 300, specialTokens }),
      'tokenizer_config.json': { add_bos_token: true, bos_token: { content: '<s>' } },
    };
    expect((await loadTokenizer(folderOf(files))).addsBos).toBe(true);
  });

  it.each([
    ['no tokenizer', {}, 'NOT_FOUND'],
    ['a tokenizer.model that is none', { 'tokenizer.model': 'garbage' }, 'BAD_FILE'],
    ['a tokenizer.json without a model', { 'tokenizer.json': { version: '1.0' } }, 'BAD_FILE'],
  ])('refuses %s', async (_, files, code) => {
    await expect(loadTokenizer(folderOf(files))).rejects.toMatchObject({ code });
  });
});
