import { prepareRow } from './prepare-row.ts';
import { commonRules, type TaskOptions } from './task-options.ts';
import type { RollingTask } from './task.ts';

export interface RollingTaskOptions<Row> extends Omit<TaskOptions<Row>, 'fewshot' | 'description'> {
  readonly text: (row: Row) => string;
  /** All three by default. */
  readonly metrics?: RollingTask['metrics'];
}

/** The perplexity of whole texts, per word and per byte. There are no few-shot examples. */
export function rollingTask<Row>(options: RollingTaskOptions<Row>): RollingTask {
  return {
    ...commonRules({ ...options, fewshot: { count: 0, locked: true } }),
    kind: 'loglikelihood_rolling',
    metrics: options.metrics ?? ['word_perplexity', 'byte_perplexity', 'bits_per_byte'],
    prepare: (row, where) =>
      prepareRow(row, where, {
        schema: options.row,
        render(parsed) {
          const text = options.text(parsed);
          return { text, target: text };
        },
      }),
  };
}
