import { z } from 'zod';
import { acc } from '../metrics/choice-metrics.ts';
import { lmEvalProfile } from './lm-eval-profile.ts';
import { multipleChoiceTask } from './multiple-choice-task.ts';
import type { MultipleChoiceTask } from './task.ts';

/** `aps/super_glue`, config boolq: yes or no after a passage. */
export const boolq: MultipleChoiceTask = multipleChoiceTask({
  name: 'boolq',
  version: 2,
  profile: lmEvalProfile,
  dataset: { path: 'aps/super_glue', config: 'boolq', split: 'validation', fewshotSplit: 'train' },
  row: z.object({ passage: z.string(), question: z.string(), label: z.literal([0, 1]) }),
  prompt: ({ passage, question }) => `${passage}\nQuestion: ${question}?\nAnswer:`,
  choices: () => ['no', 'yes'],
  gold: ({ label }) => label,
  metrics: { acc },
  cluster: ({ passage }) => passage,
  fewshot: { drawsOneMore: true },
});
