import { describe, expect, it } from 'vitest';
import { drive } from '../__fixtures__/drive.ts';
import { instructionRow } from '../__fixtures__/instruction-row.ts';
import { cleanRows, dedupeStep } from './clean-rows.ts';
import type { CleaningStep } from './cleaning-step.ts';
import { createContaminationIndex } from './contamination/contamination-index.ts';
import { decontaminateStep } from './contamination/decontaminate.ts';
import { filterByLength } from './filter-by-length.ts';
import { filterByLanguage } from './language/filter-by-language.ts';

const leaked = 'Which of these four gases do most plants take in from the air during the day?';
const rows = [
  instructionRow({
    id: 'good',
    instruction: 'Why is the sky blue?',
    response: 'Because blue light scatters most.',
  }),
  instructionRow({ id: 'short', instruction: 'And at night?', response: 'Dark.' }),
  instructionRow({ id: 'russian', instruction: 'Name it.', response: 'Луна светит ночью, как и всегда.' }),
  instructionRow({
    id: 'again',
    instruction: 'why is  the sky blue?',
    response: 'It scatters the blue light.',
  }),
  instructionRow({ id: 'leaked', instruction: leaked, response: 'They take in carbon dioxide.' }),
  instructionRow({ id: 'both', instruction: leaked, response: 'Carbon.' }),
];

describe('cleanRows', () => {
  it('runs the steps in order and accounts for every row once', async () => {
    const index = await createContaminationIndex({ documents: [{ task: 'arc', id: '1', text: leaked }] });
    const { events, result } = await drive(
      cleanRows({
        rows,
        steps: [
          filterByLength({ minWords: 3 }),
          filterByLanguage({ allow: ['en'] }),
          dedupeStep({ method: 'minhash' }),
          decontaminateStep({ index }),
        ],
      }),
    );
    expect(result.rows.map(({ id }) => id)).toEqual(['good']);
    expect(result.dropped.map(({ id, reason }) => [id, reason])).toEqual([
      ['short', 'too-short'],
      ['both', 'too-short'],
      ['russian', 'other-language'],
      ['again', 'duplicate'],
      ['leaked', 'contaminated-ngram'],
    ]);
    expect(Object.entries(result.funnel.dropped)).toEqual([
      ['too-short', 2],
      ['other-language', 1],
      ['duplicate', 1],
      ['contaminated-ngram', 1],
    ]);
    expect(result.funnel).toMatchObject({ stage: 'clean', input: 6, kept: 1 });
    expect(result.steps.map(({ stage, input, kept }) => [stage, input, kept])).toEqual([
      ['length', 6, 4],
      ['language', 4, 3],
      ['dedupe', 3, 2],
      ['decontaminate', 2, 1],
    ]);
    expect(events.filter(({ type }) => type === 'funnel').map(({ stage }) => stage)).toEqual([
      'clean/length',
      'clean/language',
      'clean/dedupe',
      'clean/decontaminate',
      'clean',
    ]);
  });

  it('stops between steps when it is told to', async () => {
    const stop = new AbortController();
    const step: CleaningStep = {
      stage: 'stop',
      run: (all) => {
        stop.abort();
        return filterByLength({ minWords: 1 }).run(all);
      },
    };
    const run = cleanRows({ rows, steps: [step, step], signal: stop.signal });
    await expect(drive(run)).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });

  it('passes rows through without steps', async () => {
    const { result } = await drive(cleanRows({ rows, steps: [] }));
    expect(result).toEqual({
      rows,
      dropped: [],
      funnel: { stage: 'clean', input: 6, kept: 6, dropped: {} },
      steps: [],
    });
  });
});
