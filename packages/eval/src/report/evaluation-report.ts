import type { MetricScore } from '../metrics/summarize.ts';
import type { GenerationRequest, LoglikelihoodRequest, LoglikelihoodResult } from '../language-model.ts';
import type { Task } from '../tasks/task.ts';

/** One document under one filter: what was asked, what came, what it scored. */
export interface Sample {
  readonly docId: number;
  /** As recorded: the row, with the fields that the task adds. */
  readonly doc: unknown;
  readonly target: string;
  readonly filter: string;
  readonly asked: readonly (LoglikelihoodRequest | GenerationRequest)[];
  /** One for each request: a log-probability, or a reply before the filter. */
  readonly responses: readonly (LoglikelihoodResult | string)[];
  /** After the filter. */
  readonly filtered: readonly (LoglikelihoodResult | string)[];
  /** By metric. */
  readonly scores: Readonly<Record<string, number>>;
}

/** A task's outcome. */
export interface TaskReport {
  readonly task: Task;
  readonly numFewshot: number;
  /** Rows there were, and rows that were scored. */
  readonly docs: { readonly original: number; readonly effective: number };
  readonly scores: readonly MetricScore[];
  readonly samples: readonly Sample[];
}

/** What an evaluation of one model found. */
export interface EvaluationReport {
  readonly model: string;
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly limit: number | undefined;
  /** Of the few-shot draws. */
  readonly fewshotSeed: number;
  readonly tasks: readonly TaskReport[];
  readonly seconds: number;
}
