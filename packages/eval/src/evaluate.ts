import { BezoarError, eventsWhile, type RunEvent } from '@bezoar/core';
import type { AnswerStore } from './answers/answer-store.ts';
import { renderTask, type RenderedTask, type TaskInput } from './engine/render-documents.ts';
import { scoreTask } from './engine/score-task.ts';
import { defaultFewshotSeed } from './fewshot/draw-fewshot.ts';
import type { LanguageModel } from './language-model.ts';
import { aggregate, defaultBootstrapIters } from './metrics/aggregate.ts';
import { aggregateGroup } from './metrics/aggregate-group.ts';
import type { MetricScore } from './metrics/summarize.ts';
import type { EvaluationReport, Sample, TaskReport } from './report/evaluation-report.ts';
import type { TaskGroup } from './tasks/task-group.ts';

export interface EvaluateOptions {
  readonly model: LanguageModel;
  readonly tasks: readonly TaskInput[];
  /** Only the first documents of each task: for trials, never for scores to be published. */
  readonly limit?: number;
  /** Of the few-shot draws; 1234 by default, as in the harness. Scores of different seeds are of different prompts. */
  readonly fewshotSeed?: number;
  /** Tasks that are also reported together. */
  readonly groups?: readonly TaskGroup[];
  /** Rounds of the bootstrap behind the error of a perplexity; 100,000 by default, as in the harness. 0 leaves it out. */
  readonly bootstrapIters?: number;
  /** Where the model's answers are kept: after a stop, only what is not in there is asked. */
  readonly answers?: AnswerStore;
  /** What besides a request decides the model's answer, for the keys of `answers`: which weights, in which format. */
  readonly answerScope?: string;
  /** Called after every task with what there is so far, the new task last: to write it down. */
  readonly onTask?: (report: EvaluationReport) => Promise<void>;
  /** The name of the events. `eval` by default. */
  readonly stage?: string;
  readonly signal?: AbortSignal;
  /** Milliseconds; `performance.now` by default. */
  readonly now?: () => number;
}

/**
 * Evaluates one model on tasks, one after another. Every row of every task is checked before the model is asked anything.
 * Throws BezoarError EMPTY_DATASET, BAD_INPUT that names the row, or BAD_CONFIG for a limit, a seed or a number of shots that
 * is none, and for two tasks of one name.
 */
export async function* evaluate(options: EvaluateOptions): AsyncGenerator<RunEvent, EvaluationReport> {
  const { model, tasks, stage = 'eval', signal, now = () => performance.now() } = options;
  const { limit = Infinity, fewshotSeed = defaultFewshotSeed, groups = [], onTask } = options;
  const { bootstrapIters = defaultBootstrapIters, answers, answerScope } = options;
  checkOptions({ tasks, limit, fewshotSeed });
  const started = now();
  const rendered = tasks.map((input) => renderTask(input, { limit, fewshotSeed }));
  yield { type: 'stage-start', stage, total: tasks.length, detail: model.id };

  const reports: TaskReport[] = [];
  const reportSoFar = (): EvaluationReport => ({
    model: model.id,
    settings: model.settings ?? {},
    limit: options.limit,
    fewshotSeed,
    tasks: [...reports],
    groups: groups.flatMap((group) => aggregateGroup(group, { tasks: reports, groups }) ?? []),
    seconds: (now() - started) / 1000,
  });
  for (const [index, each] of rendered.entries()) {
    const { name } = each.task;
    const samples = yield* eventsWhile(
      (job) =>
        scoreTask(each, {
          model,
          answers,
          answerScope,
          signal: job.signal,
          onProgress: (done, total) => job.emit({ type: 'progress', stage, done, total, note: name }),
        }),
      signal,
    );
    const report = reportOf(each, samples, { original: tasks[index]!.docs.length, bootstrapIters });
    reports.push(report);
    await onTask?.(reportSoFar());
    yield { type: 'evaluation', stage, step: index + 1, metrics: metricsOf(report) };
  }
  const report = reportSoFar();
  const metrics = Object.fromEntries(reports.flatMap((each) => Object.entries(metricsOf(each))));
  yield { type: 'stage-end', stage, seconds: report.seconds, metrics };
  return report;
}

function checkOptions({
  tasks,
  limit,
  fewshotSeed,
}: Required<Pick<EvaluateOptions, 'tasks' | 'limit' | 'fewshotSeed'>>): void {
  if (!(limit === Infinity || Number.isInteger(limit)) || limit < 1) {
    throw new BezoarError('BAD_CONFIG', `The limit must be a whole number of at least 1, not ${limit}.`);
  }
  if (!Number.isSafeInteger(fewshotSeed)) {
    throw new BezoarError('BAD_CONFIG', `fewshotSeed must be a whole number, not ${fewshotSeed}.`);
  }
  const names = tasks.map(({ task }) => task.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new BezoarError('BAD_CONFIG', `Two tasks are named ${twice}; results go by name.`, {
      advice: 'Give one of them another name: { ...task, name }.',
    });
  }
}

function reportOf(
  { task, numFewshot, documents }: RenderedTask,
  samples: Sample[],
  { original, bootstrapIters }: { readonly original: number; readonly bootstrapIters: number },
): TaskReport {
  const scores: MetricScore[] = [];
  for (const filter of new Set(samples.map((sample) => sample.filter))) {
    const ofFilter = samples.filter((sample) => sample.filter === filter);
    const clusters = ofFilter.flatMap(({ cluster }) => cluster ?? []);
    for (const metric of Object.keys(ofFilter[0]!.scores)) {
      const values = ofFilter.map((sample) => sample.scores[metric]!);
      const known = clusters.length === values.length ? { clusters } : {};
      scores.push(aggregate(values, { metric, filter, bootstrapIters, ...known }));
    }
  }
  return { task, numFewshot, docs: { original, effective: documents.length }, scores, samples };
}

/** `task/metric`, with the filter in between where there is one. */
function metricsOf({ task, scores }: TaskReport): Record<string, number> {
  return Object.fromEntries(
    scores.map(({ metric, filter, value }) => [
      filter === 'none' ? `${task.name}/${metric}` : `${task.name}/${filter}/${metric}`,
      value,
    ]),
  );
}
