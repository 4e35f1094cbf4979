import { prepareRow } from './prepare-row.ts';
import { commonRules, type TaskOptions } from './task-options.ts';
import type { LoglikelihoodTask } from './task.ts';

export interface LoglikelihoodTaskOptions<Row> extends TaskOptions<Row> {
  readonly prompt: (row: Row) => string;
  /** What is scored after the prompt, with the space before it: no delimiter is added. */
  readonly target: (row: Row) => string;
  /** Both by default. */
  readonly metrics?: LoglikelihoodTask['metrics'];
}

/** A task whose target is scored by log-probability: is it what the model would write, and how likely is it? */
export function loglikelihoodTask<Row>(options: LoglikelihoodTaskOptions<Row>): LoglikelihoodTask {
  return {
    ...commonRules(options),
    kind: 'loglikelihood',
    metrics: options.metrics ?? ['perplexity', 'acc'],
    prepare: (row, where) =>
      prepareRow(row, where, {
        schema: options.row,
        render: (parsed) => ({ prompt: options.prompt(parsed), target: options.target(parsed) }),
      }),
  };
}
