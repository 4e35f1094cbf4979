import { z } from 'zod';
import { acc } from '../metrics/choice-metrics.ts';
import { strip } from '../python-text.ts';
import { lmEvalProfile } from './lm-eval-profile.ts';
import { multipleChoiceTask } from './multiple-choice-task.ts';
import type { MultipleChoiceTask } from './task.ts';

const rowSchema = z.object({
  sentence: z.string().includes('_', 'a sentence with a blank (_) is expected'),
  option1: z.string(),
  option2: z.string(),
  answer: z.enum(['1', '2']),
});
type Row = z.output<typeof rowSchema>;

const blank = ({ sentence }: Row): number => sentence.indexOf('_');
const ending = (row: Row): string => strip(row.sentence.slice(blank(row) + 1));

/** `allenai/winogrande`, config winogrande_xl: the same ending is scored after each option in the blank. */
export const winogrande: MultipleChoiceTask = multipleChoiceTask({
  name: 'winogrande',
  version: 1,
  profile: lmEvalProfile,
  dataset: {
    path: 'allenai/winogrande',
    config: 'winogrande_xl',
    split: 'validation',
    fewshotSplit: 'train',
  },
  row: rowSchema,
  prompt: (row) => [row.option1, row.option2].map((option) => row.sentence.slice(0, blank(row)) + option),
  choices: (row) => [ending(row), ending(row)],
  gold: ({ answer }) => Number(answer) - 1,
  target: ending,
  metrics: { acc },
  fewshot: { drawsOneMore: true },
});
