import { BezoarError } from '@bezoar/core';
import type { z } from 'zod';
import { acc, accNorm, type ChoiceMetric } from '../metrics/choice-metrics.ts';
import { prepareRow } from './prepare-row.ts';
import type { FewshotRule, MultipleChoiceTask } from './task.ts';

export interface MultipleChoiceTaskOptions<Row> {
  readonly name: string;
  /** Raise it when the task changes in a way that moves scores. 1 by default. */
  readonly version?: number;
  /** `bezoar` by default. */
  readonly profile?: string;
  readonly row: z.ZodType<Row>;
  /** What stands before the choices: one text, or one for each choice. */
  readonly prompt: (row: Row) => string | readonly string[];
  readonly choices: (row: Row) => readonly string[];
  /** Index of the right choice. */
  readonly gold: (row: Row) => number;
  /** All right choices; the gold one by default. */
  readonly correct?: (row: Row) => readonly boolean[];
  /** The gold answer as recorded; the index by default. */
  readonly target?: (row: Row) => string;
  /** `acc` and `acc_norm` by default. */
  readonly metrics?: Readonly<Record<string, ChoiceMetric>>;
  readonly fewshot?: Partial<FewshotRule>;
  /** One space by default. Empty for prompts that end where the answer starts, such as training templates. */
  readonly targetDelimiter?: string;
  /** A chat template makes the prompts. False by default. */
  readonly rendered?: boolean | undefined;
  /** The row as recorded, where fields are added to it. */
  readonly record?: (row: Row) => unknown;
}

/** A task whose choices are scored by log-probability. */
export function multipleChoiceTask<Row>(options: MultipleChoiceTaskOptions<Row>): MultipleChoiceTask {
  const { name, version = 1, profile = 'bezoar', row: schema, targetDelimiter = ' ' } = options;
  return {
    kind: 'multiple_choice',
    name,
    version,
    profile,
    targetDelimiter,
    rendered: options.rendered,
    fewshot: { count: 0, locked: false, drawsOneMore: false, ...options.fewshot },
    metrics: options.metrics ?? { acc, acc_norm: accNorm },
    prepare: (row, where) =>
      prepareRow(row, where, {
        schema,
        render(parsed) {
          const choices = options.choices(parsed);
          const gold = options.gold(parsed);
          const prompt = options.prompt(parsed);
          const prompts = typeof prompt === 'string' ? choices.map(() => prompt) : prompt;
          const correct = options.correct?.(parsed) ?? choices.map((_, index) => index === gold);
          if (
            choices[gold] === undefined ||
            prompts.length !== choices.length ||
            correct.length !== choices.length
          ) {
            throw new BezoarError(
              'BAD_INPUT',
              `${where}: ${choices.length} choices, ${prompts.length} prompts, ${correct.length} marks, and choice ${gold} is gold.`,
              { advice: 'Correct or remove the row.' },
            );
          }
          return { prompts, choices, gold, correct, target: options.target?.(parsed) ?? String(gold) };
        },
      }),
    record: (row) => options.record?.(row as Row) ?? row,
  };
}
