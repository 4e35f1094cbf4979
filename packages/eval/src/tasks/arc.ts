import { z } from 'zod';
import { lmEvalProfile } from './lm-eval-profile.ts';
import { multipleChoiceTask } from './multiple-choice-task.ts';
import type { MultipleChoiceTask, TaskDataset } from './task.ts';

/** `allenai/ai2_arc`: labels may be letters or digits, and there are three to five choices. */
const rowSchema = z
  .object({
    question: z.string(),
    choices: z.object({ text: z.array(z.string()).min(2), label: z.array(z.string()) }),
    answerKey: z.string(),
  })
  .refine(
    ({ choices }) => choices.text.length === choices.label.length,
    'choices: texts and labels differ in number',
  )
  .refine(
    ({ choices, answerKey }) => choices.label.includes(answerKey),
    'answerKey: it is none of the labels of the choices',
  );

export interface ArcTaskOptions {
  readonly name: string;
  /** Of the question alone; the harness's "Question: … Answer:" by default. A training template goes here. */
  readonly prompt?: (question: string) => string;
  /** A chat template makes the prompts. False by default. */
  readonly rendered?: boolean;
  readonly dataset?: TaskDataset;
}

/** Any data in ARC's schema as a task. With a prompt of your own, choices follow it directly. */
export function arcTask({ name, prompt, rendered, dataset }: ArcTaskOptions): MultipleChoiceTask {
  return multipleChoiceTask({
    name,
    version: 1,
    ...(prompt === undefined ? { profile: lmEvalProfile } : { targetDelimiter: '' }),
    rendered,
    dataset,
    row: rowSchema,
    prompt: ({ question }) => prompt?.(question) ?? `Question: ${question}\nAnswer:`,
    choices: ({ choices }) => choices.text,
    gold: ({ choices, answerKey }) => choices.label.indexOf(answerKey),
  });
}

const arcDataset = { path: 'allenai/ai2_arc', split: 'test', fewshotSplit: 'train' } as const;

/** The easy questions of ARC, zero shots. */
export const arcEasy: MultipleChoiceTask = arcTask({
  name: 'arc_easy',
  dataset: { ...arcDataset, config: 'ARC-Easy' },
});
/** The hard questions of ARC, zero shots. */
export const arcChallenge: MultipleChoiceTask = arcTask({
  name: 'arc_challenge',
  dataset: { ...arcDataset, config: 'ARC-Challenge' },
});
