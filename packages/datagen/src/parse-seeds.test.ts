import { describe, expect, it } from 'vitest';
import { dedupe } from './dedupe.ts';
import { parseSeeds, seedText } from './parse-seeds.ts';

describe('parseSeeds', () => {
  it('reads dolly, Alpaca and plain rows', () => {
    const seeds = parseSeeds(
      [
        { instruction: 'a', context: 'c', response: 'r', category: 'open_qa' },
        { instruction: 'b', input: 'i', output: 'o' },
        { instruction: 'c' },
      ],
      { what: 'seeds' },
    );
    expect(seeds.map(seedText)).toEqual(['a\n\nc', 'b\n\ni', 'c']);
    expect(seeds.map(({ response }) => response)).toEqual(['r', 'o', undefined]);
  });
  it('names the row without an instruction', () => {
    expect(() => parseSeeds([{ instruction: 'a' }, { instruction: ' ' }], { what: 'seeds.jsonl' })).toThrow(
      /Row 2 of seeds\.jsonl is not valid: instruction: an instruction is needed/,
    );
  });
  it('refuses an empty list', () => {
    expect(() => parseSeeds([], { what: 'seeds.jsonl' })).toThrow(
      expect.objectContaining({ code: 'EMPTY_DATASET' }) as Error,
    );
  });
});

describe('dedupe', () => {
  it('keeps the first of each group and says what the others repeat', () => {
    const rows = [
      'What color is the big robin in the garden?',
      'what color is the big robin in the garden?',
      'What color is the small robin in the garden?',
      'Why?',
    ].map((instruction, id) => ({ id: String(id), instruction, response: 'r', source: 's' }));
    const { rows: kept, dropped } = dedupe({ rows });
    expect(kept.map(({ id }) => id)).toEqual(['0', '3']);
    expect(dropped.map(({ reason }) => reason)).toEqual(['duplicate', 'near-duplicate']);
  });
});
