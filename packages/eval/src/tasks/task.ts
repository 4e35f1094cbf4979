import type { ChoiceMetric } from '../metrics/choice-metrics.ts';
import type { ExactMatchOptions } from '../metrics/exact-match.ts';
import type { ReplyFilter } from '../metrics/reply-filters.ts';
import type { ChoiceItem, GenerationItem, TargetItem, TextItem } from './item.ts';

/** How few-shot examples are chosen and joined. */
export interface FewshotRule {
  /** When the caller asks for none in particular. */
  readonly count: number;
  /** A locked count cannot be overridden (truthfulqa). */
  readonly locked: boolean;
  /** Drawn at random for each document, or the first ones of the pool, the same for all (mmlu). */
  readonly sampler: 'random' | 'first';
  /**
   * One more is drawn, and the document itself is left out, even when the pool is not the documents themselves (there it
   * is always so). LM-Eval-Harness does so when few-shot and scored split are named the same, which includes both being
   * unnamed: hellaswag, winogrande, boolq, though they draw from `train`.
   */
  readonly drawsOneMore: boolean;
  /** After each example. A blank line by default. */
  readonly delimiter: string;
  /** Examples that the task brings along: prompts and answers, in place of rows (gsm8k_cot). */
  readonly examples?: readonly { readonly prompt: string; readonly answer: string }[];
}

/** Where a task's rows are on the Hugging Face Hub. */
export interface TaskDataset {
  /** `allenai/ai2_arc` */
  readonly path: string;
  readonly config?: string;
  /** The split that is scored. */
  readonly split: string;
  /** The split that few-shot examples come from. */
  readonly fewshotSplit?: string;
  /** Files of its own by split, in place of the Hub. */
  readonly files?: Readonly<Record<string, string>>;
}

/** What tasks of all kinds have. */
export interface TaskRules<Item> {
  readonly name: string;
  /** What tables call it inside of its group; the name by default. */
  readonly alias?: string | undefined;
  /** Of the task, as LM-Eval-Harness counts: scores of different versions are not comparable. */
  readonly version: number;
  /** Whose rules the task follows: the harness and its version, or your own name. */
  readonly profile: string;
  readonly dataset?: TaskDataset | undefined;
  /** Stands before examples and prompt, with its own line break. */
  readonly description?: string | undefined;
  readonly fewshot: FewshotRule;
  /** Between prompt and answer. */
  readonly targetDelimiter: string;
  /** A chat template makes the prompts: special tokens stand in them by name. There are no few-shot examples then. */
  readonly rendered?: boolean | undefined;
  /** Checks and renders a row. Throws BezoarError BAD_INPUT that names `where`. */
  prepare(row: unknown, where: string): Item;
  /** The row as it is recorded and hashed: some tasks add fields to it. */
  record(row: unknown): unknown;
  /**
   * What documents that are no independent draws have in common: a passage with several questions. Their scores go together in
   * cluster-robust errors.
   */
  cluster?(row: unknown): string;
}

export interface MultipleChoiceTask extends TaskRules<ChoiceItem> {
  readonly kind: 'multiple_choice';
  /** By the name that stands in the results. */
  readonly metrics: Readonly<Record<string, ChoiceMetric>>;
}

/** The target is scored after the prompt: `acc` (it is what greedy generation gives) and `perplexity` (of whole targets). */
export interface LoglikelihoodTask extends TaskRules<TargetItem> {
  readonly kind: 'loglikelihood';
  readonly metrics: readonly ('acc' | 'perplexity')[];
}

/** Every token of a text is scored: `word_perplexity`, `byte_perplexity`, `bits_per_byte`. */
export interface RollingTask extends TaskRules<TextItem> {
  readonly kind: 'loglikelihood_rolling';
  readonly metrics: readonly ('word_perplexity' | 'byte_perplexity' | 'bits_per_byte')[];
}

export interface GenerationTask extends TaskRules<GenerationItem> {
  readonly kind: 'generate_until';
  readonly until: readonly string[];
  readonly maxTokens: number;
  /** Each gives scores of its own. By the name that stands in the results. */
  readonly filters: Readonly<Record<string, ReplyFilter>>;
  readonly match: ExactMatchOptions;
}

export type Task = MultipleChoiceTask | LoglikelihoodTask | RollingTask | GenerationTask;
