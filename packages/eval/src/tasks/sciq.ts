import { z } from 'zod';
import { stripStart } from '../python-text.ts';
import { lmEvalProfile } from './lm-eval-profile.ts';
import { multipleChoiceTask } from './multiple-choice-task.ts';
import type { MultipleChoiceTask } from './task.ts';

/** `allenai/sciq`: science questions after a text that may help, or may be missing. The right answer is always the last. */
export const sciq: MultipleChoiceTask = multipleChoiceTask({
  name: 'sciq',
  version: 1,
  profile: lmEvalProfile,
  dataset: { path: 'allenai/sciq', split: 'test', fewshotSplit: 'train' },
  row: z.object({
    support: z.string(),
    question: z.string(),
    distractor1: z.string(),
    distractor2: z.string(),
    distractor3: z.string(),
    correct_answer: z.string(),
  }),
  prompt: ({ support, question }) => `${stripStart(support)}\nQuestion: ${question}\nAnswer:`,
  choices: (row) => [row.distractor1, row.distractor2, row.distractor3, row.correct_answer],
  gold: () => 3,
});
