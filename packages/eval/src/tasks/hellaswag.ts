import { z } from 'zod';
import { capitalize, strip } from '../python-text.ts';
import { lmEvalProfile } from './lm-eval-profile.ts';
import { multipleChoiceTask } from './multiple-choice-task.ts';
import type { MultipleChoiceTask } from './task.ts';

const rowSchema = z.looseObject({
  activity_label: z.string(),
  ctx_a: z.string(),
  ctx_b: z.string(),
  endings: z.array(z.string()).min(2),
  label: z.string().regex(/^\d+$/, 'a digit in a string is expected'),
});
type Row = z.output<typeof rowSchema>;

/** WikiHow's markers become sentence ends or nothing; the harness removes one doubled space of each run, once. */
function clean(text: string): string {
  return strip(text)
    .replaceAll(' [title]', '. ')
    .replace(/\[.*?\]/g, '')
    .replaceAll('  ', ' ');
}

function query({ activity_label: activity, ctx_a: first, ctx_b: second }: Row): string {
  return clean(`${activity}: ${first} ${capitalize(second)}`);
}

/** `Rowan/hellaswag`: which of four endings goes on. */
export const hellaswag: MultipleChoiceTask = multipleChoiceTask({
  name: 'hellaswag',
  version: 1,
  profile: lmEvalProfile,
  dataset: { path: 'Rowan/hellaswag', split: 'validation', fewshotSplit: 'train' },
  row: rowSchema,
  prompt: query,
  choices: ({ endings }) => endings.map(clean),
  gold: ({ label }) => Number(label),
  fewshot: { drawsOneMore: true },
  record: (row) => ({
    ...row,
    query: query(row),
    choices: row.endings.map(clean),
    gold: Number(row.label),
  }),
});
