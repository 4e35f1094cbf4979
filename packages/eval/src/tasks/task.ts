import type { ChoiceMetric } from '../metrics/choice-metrics.ts';
import type { ExactMatchOptions } from '../metrics/exact-match.ts';
import type { ReplyFilter } from '../metrics/reply-filters.ts';
import type { ChoiceItem, GenerationItem } from './item.ts';

/** How few-shot examples are chosen and joined. */
export interface FewshotRule {
  /** When the caller asks for none in particular. */
  readonly count: number;
  /** A locked count cannot be overridden (truthfulqa). */
  readonly locked: boolean;
  /**
   * One more is drawn, and the document itself is left out, even when the pool is not the documents themselves (there it
   * is always so). LM-Eval-Harness does so when few-shot and scored split are named the same, which includes both being
   * unnamed: hellaswag, winogrande, boolq, though they draw from `train`.
   */
  readonly drawsOneMore: boolean;
}

/** What tasks of both kinds have. */
export interface TaskRules<Item> {
  readonly name: string;
  /** Of the task, as LM-Eval-Harness counts: scores of different versions are not comparable. */
  readonly version: number;
  /** Whose rules the task follows: the harness and its version, or your own name. */
  readonly profile: string;
  readonly fewshot: FewshotRule;
  /** Between prompt and answer. */
  readonly targetDelimiter: string;
  /** A chat template makes the prompts: special tokens stand in them by name. There are no few-shot examples then. */
  readonly rendered?: boolean | undefined;
  /** Checks and renders a row. Throws BezoarError BAD_INPUT that names `where`. */
  prepare(row: unknown, where: string): Item;
  /** The row as it is recorded and hashed: some tasks add fields to it. */
  record(row: unknown): unknown;
}

export interface MultipleChoiceTask extends TaskRules<ChoiceItem> {
  readonly kind: 'multiple_choice';
  /** By the name that stands in the results. */
  readonly metrics: Readonly<Record<string, ChoiceMetric>>;
}

export interface GenerationTask extends TaskRules<GenerationItem> {
  readonly kind: 'generate_until';
  readonly until: readonly string[];
  readonly maxTokens: number;
  /** Each gives scores of its own. By the name that stands in the results. */
  readonly filters: Readonly<Record<string, ReplyFilter>>;
  readonly match: ExactMatchOptions;
}

export type Task = MultipleChoiceTask | GenerationTask;
