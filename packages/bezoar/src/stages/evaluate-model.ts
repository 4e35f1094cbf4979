import type { RunEvent } from '@bezoar/core';
import {
  builtInGroups,
  evaluate,
  higherIsBetter,
  toMarkdownTable,
  toModelIndex,
  writeLmEvalFiles,
  type EvaluationReport,
  type LanguageModel,
  type MetricScore,
  type TaskInput,
  type TaskReport,
} from '@bezoar/eval';
import type { FolderSink } from '@bezoar/formats';
import { folderSink } from '@bezoar/formats/node';
import type { EvalStage } from '../recipe/recipe.ts';
import { definite } from './definite.ts';
import type { Score } from './eval-scores.ts';
import type { StageContext } from './stage-context.ts';

export interface EvaluateModelOptions {
  readonly model: LanguageModel;
  /** What besides a request decides the model's answer. */
  readonly answerScope: string;
  /** What a card calls the model. */
  readonly cardName: string;
  readonly tasks: readonly TaskInput[];
  readonly stage: EvalStage;
  readonly context: StageContext;
}

export interface ModelScores {
  /** By `task/metric`. */
  readonly scores: Readonly<Record<string, Score>>;
  readonly tasks: readonly TaskReport[];
}

/** Scores one model on all tasks of a stage; its results lie in the stage's folder after every task. */
export async function* evaluateModel(options: EvaluateModelOptions): AsyncGenerator<RunEvent, ModelScores> {
  const { model, answerScope, cardName, tasks, stage, context } = options;
  const [sink, date] = [folderSink(context.out), context.now()];
  const run = evaluate({
    model,
    tasks,
    stage: context.id,
    signal: context.signal,
    answers: context.answers(),
    answerScope,
    groups: builtInGroups.filter(({ metrics }) => metrics.length > 0),
    ...definite({ limit: stage.limit }),
    async onTask(report) {
      await writeLmEvalFiles({ report, sink, date, samplesOf: [report.tasks.at(-1)!.task.name] });
    },
  });
  const report = yield* namedProgress(run, model.id);
  await writeTexts(sink, {
    [`${model.id}/scores.md`]: toMarkdownTable([report]),
    [`${model.id}/model-index.yaml`]: toModelIndex(report, { name: cardName }),
  });
  return { scores: scoresOf(report), tasks: report.tasks };
}

async function writeTexts(sink: FolderSink, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await sink.write(name, [new TextEncoder().encode(text)]);
}

/** An evaluation's progress with the model's name; its scores are told once, with those on preferences. */
async function* namedProgress(
  run: AsyncGenerator<RunEvent, EvaluationReport>,
  name: string,
): AsyncGenerator<RunEvent, EvaluationReport> {
  for (;;) {
    const step = await run.next();
    if (step.done === true) return step.value;
    if (step.value.type === 'progress') yield { ...step.value, note: `${name} · ${step.value.note ?? ''}` };
  }
}

/** By `task/metric`, with the filter in between where there is one; groups like tasks. */
function scoresOf({ tasks, groups }: EvaluationReport): Record<string, Score> {
  const members = new Set(groups.flatMap((group) => group.tasks));
  const named = [
    ...tasks.map(({ task, scores }) => ({ name: task.name, scores })),
    ...groups.map(({ group, scores }) => ({ name: group.name, scores })),
  ];
  return Object.fromEntries(
    named.flatMap(({ name, scores }) =>
      scores.map((score): [string, Score] => [scoreName(name, score), scoreOf(score, members.has(name))]),
    ),
  );
}

/** `task/metric`, or `task/filter/metric`. */
export function scoreName(
  task: string,
  { metric, filter }: { readonly metric: string; readonly filter: string },
): string {
  return [task, ...(filter === 'none' ? [] : [filter]), metric].join('/');
}

function scoreOf({ metric, value, stderr, interval, clustered, n }: MetricScore, isMember: boolean): Score {
  const [low, high] = clustered?.interval ?? interval;
  return {
    value,
    ...(Number.isNaN(stderr) ? {} : { stderr }),
    ...(Number.isNaN(low) || Number.isNaN(high) ? {} : { interval: [low, high] }),
    n,
    ...(higherIsBetter(metric) ? {} : { higherIsBetter: false }),
    ...(isMember ? { isMember } : {}),
  };
}
