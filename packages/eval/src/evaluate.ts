import type { RunEvent } from '@bezoar/core';
import { eventsWhile } from './engine/events-while.ts';
import { renderTask, type RenderedTask, type TaskInput } from './engine/render-documents.ts';
import { scoreTask } from './engine/score-task.ts';
import type { LanguageModel } from './language-model.ts';
import { summarize, type MetricScore } from './metrics/summarize.ts';
import type { EvaluationReport, Sample, TaskReport } from './report/evaluation-report.ts';

export interface EvaluateOptions {
  readonly model: LanguageModel;
  readonly tasks: readonly TaskInput[];
  /** Only the first documents of each task: for trials, never for scores to be published. */
  readonly limit?: number;
  /** The name of the events. `eval` by default. */
  readonly stage?: string;
  readonly signal?: AbortSignal;
  /** Milliseconds; `performance.now` by default. */
  readonly now?: () => number;
}

/**
 * Evaluates one model on tasks, one after another. Every row of every task is checked before the model is asked anything.
 * Throws BezoarError EMPTY_DATASET, or BAD_INPUT that names the row.
 */
export async function* evaluate(options: EvaluateOptions): AsyncGenerator<RunEvent, EvaluationReport> {
  const { model, tasks, limit = Infinity, stage = 'eval', signal, now = () => performance.now() } = options;
  const started = now();
  const rendered = tasks.map((input) => renderTask(input, limit));
  yield { type: 'stage-start', stage, total: tasks.length, detail: model.id };

  const reports: TaskReport[] = [];
  for (const [index, each] of rendered.entries()) {
    const { name } = each.task;
    const samples = yield* eventsWhile(
      (job) =>
        scoreTask(model, each, {
          signal: job.signal,
          onProgress: (done, total) => job.emit({ type: 'progress', stage, done, total, note: name }),
        }),
      signal,
    );
    const report = reportOf(each, samples, tasks[index]!.docs.length);
    reports.push(report);
    yield { type: 'evaluation', stage, step: index + 1, metrics: metricsOf(report) };
  }
  const seconds = (now() - started) / 1000;
  const metrics = Object.fromEntries(reports.flatMap((report) => Object.entries(metricsOf(report))));
  yield { type: 'stage-end', stage, seconds, metrics };
  return { model: model.id, settings: model.settings ?? {}, limit: options.limit, tasks: reports, seconds };
}

function reportOf(
  { task, numFewshot, documents }: RenderedTask,
  samples: Sample[],
  original: number,
): TaskReport {
  const scores: MetricScore[] = [];
  for (const filter of new Set(samples.map((sample) => sample.filter))) {
    const ofFilter = samples.filter((sample) => sample.filter === filter);
    for (const metric of Object.keys(ofFilter[0]!.scores)) {
      const values = ofFilter.map((sample) => sample.scores[metric]!);
      scores.push(summarize(values, { metric, filter }));
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
