import { z } from 'zod';
import { strip } from '../python-text.ts';
import { lmEvalProfile } from './lm-eval-profile.ts';
import { multipleChoiceTask } from './multiple-choice-task.ts';
import type { MultipleChoiceTask } from './task.ts';

/** `EleutherAI/logiqa`: questions of logic on a passage. The options are named by letters, their texts are scored. */
export const logiqa: MultipleChoiceTask = multipleChoiceTask({
  name: 'logiqa',
  version: 1,
  profile: lmEvalProfile,
  dataset: { path: 'EleutherAI/logiqa', config: 'logiqa', split: 'test', fewshotSplit: 'train' },
  row: z.object({
    context: z.string(),
    question: z.string(),
    options: z.array(z.string()).min(2).max(4),
    label: z.string(),
  }),
  prompt: ({ context, question, options }) =>
    [
      `Passage: ${context}`,
      `Question: ${question}`,
      'Choices:',
      ...options.map((option, index) => `${'ABCD'[index]!}. ${option}`),
      'Answer:',
    ].join('\n'),
  choices: ({ options }) => options,
  gold: ({ label }) => ['a', 'b', 'c', 'd'].indexOf(strip(label)),
  cluster: ({ context }) => context,
});
