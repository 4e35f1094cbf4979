import { z } from 'zod';
import { regexFilter, type ReplyFilter } from '../metrics/reply-filters.ts';
import { generationTask } from './generation-task.ts';
import { lmEvalProfile } from './lm-eval-profile.ts';
import type { GenerationTask } from './task.ts';

export interface Gsm8kTaskOptions {
  readonly name?: string;
  /** The harness's own limit is 256. */
  readonly maxTokens?: number;
}

/** Thousands separators, currency, the worked solution, a final full stop (before a final newline too, as in Python). */
export const ignoredInNumbers: readonly RegExp[] = [/,/g, /\$/g, /.*#### /gs, /\.(?=\n?$)/g];

/** The last number, wherever it stands. */
export const flexibleExtract: ReplyFilter = regexFilter({
  pattern: /(-?[$0-9.,]{2,})|(-?[0-9]+)/g,
  pick: -1,
});

/** `openai/gsm8k`, config main: five shots from train, two ways of finding the number in the reply. */
export function gsm8kTask({ name = 'gsm8k', maxTokens = 256 }: Gsm8kTaskOptions = {}): GenerationTask {
  return generationTask({
    name,
    version: 3,
    profile: lmEvalProfile,
    dataset: { path: 'openai/gsm8k', config: 'main', split: 'test', fewshotSplit: 'train' },
    row: z.object({ question: z.string(), answer: z.string() }),
    prompt: ({ question }) => `Question: ${question}\nAnswer:`,
    target: ({ answer }) => answer,
    until: ['Question:', '</s>', '<|im_end|>'],
    maxTokens,
    fewshot: { count: 5 },
    filters: {
      'strict-match': regexFilter({ pattern: /#### (-?[0-9.,]+)/g, pick: 0 }),
      'flexible-extract': flexibleExtract,
    },
    match: { ignore: ignoredInNumbers, ignoreCase: true },
  });
}

/** GSM8K with five shots from its training split. */
export const gsm8k: GenerationTask = gsm8kTask();
