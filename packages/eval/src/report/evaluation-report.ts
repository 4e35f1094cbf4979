import type { MetricScore } from '../metrics/summarize.ts';
import type {
  GenerationRequest,
  LoglikelihoodRequest,
  LoglikelihoodResult,
  RollingRequest,
} from '../language-model.ts';
import type { TaskGroup } from '../tasks/task-group.ts';
import type { Task } from '../tasks/task.ts';

/** A score, or a sum of logarithms with how much it is over: words or bytes. What a metric's value is made of. */
export type SampleScore = number | readonly [logProb: number, weight: number];

/** One document under one filter: what was asked, what came, what it scored. */
export interface Sample {
  readonly docId: number;
  /** As recorded: the row, with the fields that the task adds. */
  readonly doc: unknown;
  readonly target: string;
  readonly filter: string;
  /** What it has in common with documents that are no independent draws. */
  readonly cluster?: string;
  readonly asked: readonly (LoglikelihoodRequest | GenerationRequest | RollingRequest)[];
  /** One for each request: a log-probability, or a reply before the filter. */
  readonly responses: readonly (LoglikelihoodResult | string | number)[];
  /** After the filter. */
  readonly filtered: readonly (LoglikelihoodResult | string | number)[];
  /** By metric. */
  readonly scores: Readonly<Record<string, SampleScore>>;
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

/** Several tasks as one. */
export interface GroupReport {
  readonly group: TaskGroup;
  /** Names of its tasks. */
  readonly tasks: readonly string[];
  readonly scores: readonly MetricScore[];
}

/** What an evaluation of one model found. */
export interface EvaluationReport {
  readonly model: string;
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly limit: number | undefined;
  /** Of the few-shot draws. */
  readonly fewshotSeed: number;
  readonly tasks: readonly TaskReport[];
  /** Those of which all tasks have been evaluated. */
  readonly groups: readonly GroupReport[];
  readonly seconds: number;
}
