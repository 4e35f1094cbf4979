import type { z } from 'zod';
import type { ExactMatchOptions } from '../metrics/exact-match.ts';
import { wholeReply, type ReplyFilter } from '../metrics/reply-filters.ts';
import { prepareRow } from './prepare-row.ts';
import type { FewshotRule, GenerationTask } from './task.ts';

export interface GenerationTaskOptions<Row> {
  readonly name: string;
  /** Raise it when the task changes in a way that moves scores. 1 by default. */
  readonly version?: number;
  /** `bezoar` by default. */
  readonly profile?: string;
  readonly row: z.ZodType<Row>;
  readonly prompt: (row: Row) => string;
  readonly target: (row: Row) => string;
  /** Generation ends at these texts; EOS always ends it. */
  readonly until: readonly string[];
  readonly maxTokens: number;
  /** `{ none: wholeReply }` by default. */
  readonly filters?: Readonly<Record<string, ReplyFilter>>;
  readonly match?: ExactMatchOptions;
  readonly fewshot?: Partial<FewshotRule>;
  /** Between the prompt and the target of a few-shot example. One space by default. */
  readonly targetDelimiter?: string;
  /** A chat template makes the prompts. False by default. */
  readonly rendered?: boolean | undefined;
}

/** A task whose reply is generated greedily and compared with a target text (`exact_match`). */
export function generationTask<Row>(options: GenerationTaskOptions<Row>): GenerationTask {
  const { name, version = 1, profile = 'bezoar', until, maxTokens, targetDelimiter = ' ' } = options;
  return {
    kind: 'generate_until',
    name,
    version,
    profile,
    until,
    maxTokens,
    targetDelimiter,
    rendered: options.rendered,
    fewshot: { count: 0, locked: false, drawsOneMore: false, ...options.fewshot },
    filters: options.filters ?? { none: wholeReply },
    match: options.match ?? {},
    prepare: (row, where) =>
      prepareRow(row, where, {
        schema: options.row,
        render: (parsed) => ({ prompt: options.prompt(parsed), target: options.target(parsed) }),
      }),
    record: (row) => row,
  };
}
