import { z } from 'zod';
import { stripStart } from '../python-text.ts';
import { lmEvalProfile } from './lm-eval-profile.ts';
import { multipleChoiceTask } from './multiple-choice-task.ts';
import type { MultipleChoiceTask } from './task.ts';

/** `allenai/openbookqa`, config main: the bare stem of a question, four answers. */
export const openbookqa: MultipleChoiceTask = multipleChoiceTask({
  name: 'openbookqa',
  version: 1,
  profile: lmEvalProfile,
  dataset: { path: 'allenai/openbookqa', config: 'main', split: 'test', fewshotSplit: 'train' },
  row: z.object({
    question_stem: z.string(),
    choices: z.object({ text: z.array(z.string()).min(2), label: z.array(z.string()) }),
    answerKey: z.string(),
  }),
  prompt: (row) => row.question_stem,
  choices: ({ choices }) => choices.text,
  gold: ({ choices, answerKey }) => choices.label.indexOf(stripStart(answerKey)),
});
