import type { z } from 'zod';
import type { FewshotRule, TaskDataset, TaskRules } from './task.ts';

/** What every factory of tasks takes. */
export interface TaskOptions<Row> {
  readonly name: string;
  /** What tables call it inside of its group. */
  readonly alias?: string;
  /** Raise it when the task changes in a way that moves scores. 1 by default. */
  readonly version?: number;
  /** `bezoar` by default. */
  readonly profile?: string;
  readonly dataset?: TaskDataset | undefined;
  readonly row: z.ZodType<Row>;
  readonly description?: string | undefined;
  readonly fewshot?: Partial<FewshotRule>;
  /** One space by default. Empty for prompts that end where the answer starts, such as training templates. */
  readonly targetDelimiter?: string;
  /** A chat template makes the prompts. False by default. */
  readonly rendered?: boolean | undefined;
  /** The row as recorded, where fields are added to it. */
  readonly record?: (row: Row) => unknown;
  /** What rows that are no independent draws have in common. */
  readonly cluster?: (row: Row) => string;
}

/** The rules that do not depend on a task's kind. */
export function commonRules<Row>(options: TaskOptions<Row>): Omit<TaskRules<never>, 'prepare'> {
  const { name, version = 1, profile = 'bezoar', targetDelimiter = ' ', cluster } = options;
  return {
    name,
    alias: options.alias,
    version,
    profile,
    dataset: options.dataset,
    description: options.description,
    targetDelimiter,
    rendered: options.rendered,
    fewshot: {
      count: 0,
      locked: false,
      sampler: 'random',
      drawsOneMore: false,
      delimiter: '\n\n',
      ...options.fewshot,
    },
    record: (row) => options.record?.(row as Row) ?? row,
    ...(cluster === undefined ? {} : { cluster: (row: unknown) => cluster(row as Row) }),
  };
}
