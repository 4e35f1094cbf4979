import { z } from 'zod';
import { lastWordOfFirstLine } from '../metrics/reply-filters.ts';
import { generationTask } from './generation-task.ts';
import type { GenerationTask } from './task.ts';

export interface ShortAnswerTaskOptions {
  readonly name: string;
  /** Renders a question: the training template of the model, say. */
  readonly prompt: (question: string) => string;
  /** A blank line and a template's next header by default. */
  readonly until?: readonly string[];
  /** A chat template makes the prompts. False by default. */
  readonly rendered?: boolean;
  /** 32 by default. */
  readonly maxTokens?: number;
}

/** Rows {question, answer} with answers of one word: it must be the last word of the reply's first line, in any case. */
export function shortAnswerTask(options: ShortAnswerTaskOptions): GenerationTask {
  const { name, prompt, rendered, until = ['\n\n', '###'], maxTokens = 32 } = options;
  return generationTask({
    name,
    row: z.object({ question: z.string().min(1), answer: z.string().min(1) }),
    prompt: ({ question }) => prompt(question),
    target: ({ answer }) => answer,
    until,
    maxTokens,
    filters: { none: lastWordOfFirstLine },
    match: { ignoreCase: true },
    targetDelimiter: '',
    rendered,
  });
}
