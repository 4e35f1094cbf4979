import { z } from 'zod';
import { acc } from '../metrics/choice-metrics.ts';
import { lmEvalProfile } from './lm-eval-profile.ts';
import { multipleChoiceTask } from './multiple-choice-task.ts';
import type { MultipleChoiceTask } from './task.ts';

/** `nyu-mll/glue`, config rte: whether the second sentence follows from the first. */
export const rte: MultipleChoiceTask = multipleChoiceTask({
  name: 'rte',
  version: 1,
  profile: lmEvalProfile,
  dataset: { path: 'nyu-mll/glue', config: 'rte', split: 'validation', fewshotSplit: 'train' },
  row: z.object({ sentence1: z.string(), sentence2: z.string(), label: z.literal([0, 1]) }),
  prompt: ({ sentence1, sentence2 }) => `${sentence1}\nQuestion: ${sentence2} True or False?\nAnswer:`,
  choices: () => ['True', 'False'],
  gold: ({ label }) => label,
  metrics: { acc },
  fewshot: { drawsOneMore: true },
});
