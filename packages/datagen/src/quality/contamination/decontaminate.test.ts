import { describe, expect, it } from 'vitest';
import { dataRowsForTests } from '../../__fixtures__/data-rows.ts';
import { instructionRow } from '../../__fixtures__/instruction-row.ts';
import { createContaminationIndex, type ContaminationIndexOptions } from './contamination-index.ts';
import { decontaminate } from './decontaminate.ts';
import { evalDocuments } from './eval-documents.ts';

const sixteen = 'the quick brown fox jumps over the lazy dog while seven small birds watch it quietly';

async function reasonsFor(
  texts: readonly string[],
  documents: readonly string[],
  options: Partial<ContaminationIndexOptions> = {},
): Promise<(string | undefined)[]> {
  const index = await createContaminationIndex({
    documents: documents.map((text, at) => ({ task: 't', id: String(at), text })),
    ...options,
  });
  return texts.map((text) => index.find(text)?.reason);
}

describe('createContaminationIndex', () => {
  it('finds 13 words in a row and not 12, whatever stands between and around them', async () => {
    const text = sixteen.split(' ');
    const part = (count: number): string =>
      `Tell me: ${text.slice(2, 2 + count).join(', ')}! And ${'more '.repeat(30)}`;
    expect(await reasonsFor([part(13), part(12), part(13).toUpperCase()], [sixteen])).toEqual([
      'contaminated-ngram',
      undefined,
      'contaminated-ngram',
    ]);
    expect(await reasonsFor([part(8)], [sixteen], { ngram: 8 })).toEqual(['contaminated-ngram']);
  });

  it('finds a document of fewer than 13 words as a whole only', async () => {
    const short = 'Which gas do plants take in?';
    expect(
      await reasonsFor(
        [
          `Please answer in one word. which gas do plants take in`,
          'Which gas do plants take out of the air?',
        ],
        [short],
        { near: 'none' },
      ),
    ).toEqual(['contaminated-ngram', undefined]);
  });

  it('takes a document of fewer than 5 words only for a text of its own', async () => {
    const found = await reasonsFor(
      ['What is it?', 'A riddle: it has teeth but cannot eat; what is it?'],
      ['What is it'],
    );
    expect(found).toEqual(['contaminated-ngram', undefined]);
  });

  it('finds changed names and numbers by ROUGE-L, where no 13 words are left in a row', async () => {
    const problem =
      'Janet has 16 eggs and eats three of them for breakfast. How many eggs does Janet have left then?';
    const changed =
      'Maria has 24 eggs and eats five of them for breakfast. How many eggs does Maria have left then?';
    expect(await reasonsFor([changed], [problem])).toEqual(['contaminated-near-duplicate']);
    expect(await reasonsFor([changed], [problem], { near: 'none' })).toEqual([undefined]);
  });

  it('finds near-duplicates by MinHash', async () => {
    const words = (from: number): string => Array.from({ length: 12 }, (_, i) => `w${from + i}`).join(' ');
    const document = [words(0), 'x', words(20), 'y', words(40), 'z', words(60)].join(' ');
    const changed = document.replace(' x ', ' q ');
    expect(await reasonsFor([changed], [document], { near: 'minhash', ngram: 60 })).toEqual([
      'contaminated-near-duplicate',
    ]);
  });

  it('refuses to compare with nothing', async () => {
    await expect(
      createContaminationIndex({ documents: [{ task: 't', id: '1', text: ' ?' }] }),
    ).rejects.toMatchObject({
      code: 'EMPTY_DATASET',
    });
  });
});

describe('decontaminate', () => {
  it('says which task, document, field and words', async () => {
    const index = await createContaminationIndex({ documents: [{ task: 'arc', id: 'M_1', text: sixteen }] });
    const rows = [
      instructionRow({ id: 'clean' }),
      instructionRow({ id: 'asked', instruction: `Complete: ${sixteen}` }),
      instructionRow({ id: 'told', response: sixteen }),
    ];
    const { rows: kept, dropped, funnel } = decontaminate({ rows, index });
    expect(kept.map(({ id }) => id)).toEqual(['clean']);
    expect(dropped[1]).toMatchObject({
      id: 'told',
      stage: 'decontaminate',
      reason: 'contaminated-ngram',
      detail:
        'task arc, document M_1, response: "the quick brown fox jumps over the lazy dog while seven small birds"',
    });
    expect(funnel).toEqual({
      stage: 'decontaminate',
      input: 3,
      kept: 1,
      dropped: { 'contaminated-ngram': 2 },
    });
    expect(decontaminate({ rows, index, fields: ['instruction'] }).dropped.map(({ id }) => id)).toEqual([
      'asked',
    ]);
  });
});

const arc = dataRowsForTests('eval/arc_challenge-test.jsonl');
const gsm8k = dataRowsForTests('eval/gsm8k-test.jsonl');
const train = dataRowsForTests('eval/gsm8k-train-2000.jsonl');
const dolly = dataRowsForTests('seeds/dolly-151.jsonl');
const missing = [arc, gsm8k, train, dolly].includes(undefined);

describe.skipIf(missing)(
  `decontaminate with real data${missing ? ' (skipped: BEZOAR_DATA_DIR is not set)' : ''}`,
  () => {
    it('finds every leaked ARC and GSM8K row and lets almost all other text pass', async () => {
      async function* documents(): ReturnType<typeof evalDocuments> {
        yield* evalDocuments({ task: 'arc_challenge', rows: arc! });
        yield* evalDocuments({ task: 'gsm8k', rows: gsm8k! });
      }
      const index = await createContaminationIndex({ documents: documents() });
      const leaked = [
        ...arc!
          .slice(0, 60)
          .map((row) => instructionRow({ instruction: `Question: ${String(row['question'])}\nAnswer:` })),
        ...gsm8k!.slice(0, 60).map((row) => instructionRow({ instruction: String(row['question']) })),
        // The answers without their calculator marks, as most copies have them.
        ...gsm8k!.slice(60, 90).map((row) =>
          instructionRow({
            response: String(row['answer'])
              .replace(/<<.*?>>/g, '')
              .split('####')[0]!,
          }),
        ),
      ];
      const { rows: missed } = decontaminate({ rows: leaked, index });
      expect(missed.map(({ instruction, response }) => [instruction, response])).toEqual([]);

      const clean = [
        ...dolly!.map((row) =>
          instructionRow({ instruction: String(row['instruction']), response: String(row['response']) }),
        ),
        ...train!
          .slice(0, 150)
          .map((row) =>
            instructionRow({ instruction: String(row['question']), response: String(row['answer']) }),
          ),
      ];
      const { dropped } = decontaminate({ rows: clean, index });
      expect(
        dropped.length,
        JSON.stringify(
          dropped.map(({ detail }) => detail),
          undefined,
          1,
        ),
      ).toBeLessThan(6);
    });
  },
);
