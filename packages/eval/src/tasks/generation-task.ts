import type { ExactMatchOptions } from '../metrics/exact-match.ts';
import { wholeReply, type ReplyFilter } from '../metrics/reply-filters.ts';
import { prepareRow } from './prepare-row.ts';
import { commonRules, type TaskOptions } from './task-options.ts';
import type { GenerationTask } from './task.ts';

export interface GenerationTaskOptions<Row> extends TaskOptions<Row> {
  readonly prompt: (row: Row) => string;
  readonly target: (row: Row) => string;
  /** All texts that are right, where there are several: one of them is enough. */
  readonly targets?: (row: Row) => readonly string[];
  /** Generation ends at these texts; EOS always ends it. */
  readonly until: readonly string[];
  readonly maxTokens: number;
  /** `{ none: wholeReply }` by default. */
  readonly filters?: Readonly<Record<string, ReplyFilter>>;
  readonly match?: ExactMatchOptions;
}

/** A task whose reply is generated greedily and compared with a target text (`exact_match`). */
export function generationTask<Row>(options: GenerationTaskOptions<Row>): GenerationTask {
  const { until, maxTokens, targets } = options;
  return {
    ...commonRules(options),
    kind: 'generate_until',
    until,
    maxTokens,
    filters: options.filters ?? { none: wholeReply },
    match: options.match ?? {},
    prepare: (row, where) =>
      prepareRow(row, where, {
        schema: options.row,
        render: (parsed) => ({
          prompt: options.prompt(parsed),
          target: options.target(parsed),
          ...(targets === undefined ? {} : { targets: targets(parsed) }),
        }),
      }),
  };
}
