import type { InstructionRow } from '@bezoar/core';
import { describe, expect, it } from 'vitest';
import { dedupe, dedupeStream } from './dedupe.ts';
import { createMinHashIndex, minHashIndexFromBytes } from './quality/minhash/minhash-index.ts';

const row = (id: string, instruction: string): InstructionRow => ({
  id,
  instruction,
  response: 'r',
  source: 's',
});
const long =
  'List the main causes of the decline of the western Roman empire in about two hundred words please';
const rows = [
  row('a', long),
  row('b', long.toUpperCase()),
  row('c', `${long} now`),
  row('d', 'List the main words'),
  row('e', long.replace('please', 'thanks')),
];

describe('dedupe', () => {
  it.each([
    ['exact', { b: 'duplicate' }],
    ['rouge-l', { b: 'duplicate', c: 'near-duplicate', e: 'near-duplicate' }],
    ['minhash', { b: 'duplicate', c: 'near-duplicate', e: 'near-duplicate' }],
  ] as const)('with %s keeps the first and names its cluster', (method, expected) => {
    const { rows: kept, dropped, funnel } = dedupe({ rows, method });
    expect(Object.fromEntries(dropped.map(({ id, reason }) => [id, reason]))).toEqual(expected);
    for (const { detail } of dropped) expect(detail).toMatch(/^cluster a; /);
    expect(kept.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd', 'e'].filter((id) => !(id in expected)));
    expect(funnel).toMatchObject({ stage: 'dedupe', input: 5, kept: kept.length });
  });

  it('compares by ROUGE-L above 0.7 unless told otherwise', () => {
    expect(dedupe({ rows })).toEqual(dedupe({ rows, method: 'rouge-l', threshold: 0.7 }));
    expect(dedupe({ rows, threshold: 1 })).toEqual(dedupe({ rows, method: 'exact' }));
  });

  it('compares what `text` says', () => {
    expect(dedupe({ rows, text: ({ response }) => response }).rows.map(({ id }) => id)).toEqual(['a']);
  });

  it('finds by minhash the repeats of an earlier run, through a saved index', () => {
    const index = createMinHashIndex();
    dedupe({ rows: rows.slice(0, 1), method: 'minhash', index });
    const again = minHashIndexFromBytes(index.toBytes());
    const { dropped } = dedupe({ rows: [row('z', `${long} now`)], method: 'minhash', index: again });
    expect(dropped[0]?.detail).toMatch(/^cluster a; Jaccard 0\.\d{3} with a$/);
  });
});

describe('dedupe with settings that mean nothing', () => {
  it.each([
    ['an index that its method does not read', { index: createMinHashIndex() }],
    ['a threshold that everything meets', { threshold: 0 }],
  ])('refuses %s', (_, settings) => {
    expect(() => dedupe({ rows, ...settings })).toThrow(expect.objectContaining({ code: 'BAD_CONFIG' }));
  });
});

describe('dedupeStream', () => {
  it('decides as dedupe does, one row after another', async () => {
    async function* arriving(): AsyncGenerator<InstructionRow> {
      for (const item of rows) yield await Promise.resolve(item);
    }
    const kept: string[] = [];
    for await (const decision of dedupeStream({ rows: arriving(), method: 'minhash' }))
      if (decision.kept) kept.push(decision.row.id);
    expect(kept).toEqual(dedupe({ rows, method: 'minhash' }).rows.map(({ id }) => id));
  });
});
