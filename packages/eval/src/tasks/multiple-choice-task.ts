import { BezoarError } from '@bezoar/core';
import { acc, accNorm, type ChoiceMetric } from '../metrics/choice-metrics.ts';
import { prepareRow } from './prepare-row.ts';
import { commonRules, type TaskOptions } from './task-options.ts';
import type { MultipleChoiceTask } from './task.ts';

export interface MultipleChoiceTaskOptions<Row> extends TaskOptions<Row> {
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
}

/** A task whose choices are scored by log-probability. */
export function multipleChoiceTask<Row>(options: MultipleChoiceTaskOptions<Row>): MultipleChoiceTask {
  return {
    ...commonRules(options),
    kind: 'multiple_choice',
    metrics: options.metrics ?? { acc, acc_norm: accNorm },
    prepare: (row, where) =>
      prepareRow(row, where, {
        schema: options.row,
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
  };
}
