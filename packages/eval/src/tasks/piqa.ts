import { z } from 'zod';
import { lmEvalProfile } from './lm-eval-profile.ts';
import { multipleChoiceTask } from './multiple-choice-task.ts';
import type { MultipleChoiceTask } from './task.ts';

/** `baber/piqa`: which of two ways reaches a goal. */
export const piqa: MultipleChoiceTask = multipleChoiceTask({
  name: 'piqa',
  version: 1,
  profile: lmEvalProfile,
  dataset: { path: 'baber/piqa', split: 'validation', fewshotSplit: 'train' },
  row: z.object({ goal: z.string(), sol1: z.string(), sol2: z.string(), label: z.literal([0, 1]) }),
  prompt: ({ goal }) => `Question: ${goal}\nAnswer:`,
  choices: ({ sol1, sol2 }) => [sol1, sol2],
  gold: ({ label }) => label,
  fewshot: { drawsOneMore: true },
});
