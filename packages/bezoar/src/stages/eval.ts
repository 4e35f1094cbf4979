import { eventsWhile, type JobScope, type PreferencePair, type RunEvent } from '@bezoar/core';
import {
  builtInGroups,
  createLocalLanguageModel,
  evaluate,
  preferenceWinRate,
  toMarkdownTable,
  toModelIndex,
  writeLmEvalFiles,
  type EvaluationReport,
  type PreferenceWinRate,
} from '@bezoar/eval';
import { writeJson, type FolderSink } from '@bezoar/formats';
import { folderSink } from '@bezoar/formats/node';
import { basename } from 'node:path';
import type { EvalStage } from '../recipe/recipe.ts';
import { hashFolder, hashValue } from '../run/content-hash.ts';
import { addAnswers } from './answer-samples.ts';
import { definite } from './definite.ts';
import { scoresFileName, type AnswerSample, type Score } from './eval-scores.ts';
import { chooseBos, loadTask } from './eval-tasks.ts';
import { openModel, type LocalModel } from './local-model.ts';
import { droppedWarning, readPairs } from './preferences.ts';
import type { StageContext, StageRun } from './stage-context.ts';

/** Scores models on tasks, as LM-Eval-Harness does, and on preference pairs. */
export async function* runEval(stage: EvalStage, context: StageContext): StageRun {
  const { id, signal, recipe, files } = context;
  const template = await context.template();
  const tasks = await Promise.all(
    stage.tasks.map((task) => loadTask(task, { template, files, profile: stage.profile })),
  );
  const preferences =
    stage.preferences === undefined
      ? undefined
      : await readPairs(files(stage.preferences), { template, limit: stage.limit });
  if (preferences !== undefined) yield* droppedWarning(id, preferences.dropped);
  const models: Record<string, Record<string, Score>> = {};
  const samples: AnswerSample[] = [];
  let done = 1;
  for (const name of stage.models) {
    const local = await openModel({
      ...context.model(name),
      backend: await context.backend(),
      weights: recipe.weights,
    });
    try {
      const scores: Record<string, Score> = {};
      models[name] = scores;
      if (tasks.length > 0) {
        const model = createLocalLanguageModel({
          ...local,
          id: name,
          bos: chooseBos(stage, { tokenizer: local.tokenizer, template }),
          stopIds: template.stopIds,
        });
        const [sink, date] = [folderSink(context.out), context.now()];
        const run = evaluate({
          model,
          tasks,
          stage: id,
          signal,
          answers: context.answers(),
          answerScope: await answerScope(context, name),
          groups: builtInGroups.filter(({ metrics }) => metrics.length > 0),
          ...definite({ limit: stage.limit }),
          async onTask(report) {
            await writeLmEvalFiles({ report, sink, date, samplesOf: [report.tasks.at(-1)!.task.name] });
          },
        });
        const report = yield* namedProgress(run, name);
        await writeTexts(sink, {
          [`${name}/scores.md`]: toMarkdownTable([report]),
          [`${name}/model-index.yaml`]: toModelIndex(report, { name: modelName(context, name) }),
        });
        Object.assign(scores, scoresOf(report));
        addAnswers(samples, name, report.tasks);
      }
      if (preferences !== undefined) {
        const { pairs } = preferences;
        Object.assign(scores, yield* preferenceScores({ local, pairs, stage: id, name, signal }));
      }
      const metrics = Object.entries(scores).map(
        ([metric, { value }]) => [`${name}/${metric}`, value] as const,
      );
      yield { type: 'evaluation', stage: id, step: done++, metrics: Object.fromEntries(metrics) };
    } finally {
      local.dispose();
    }
  }
  await writeJson(folderSink(context.out), scoresFileName, { models, samples });
  return undefined;
}

async function writeTexts(sink: FolderSink, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await sink.write(name, [new TextEncoder().encode(text)]);
}

/** What a card calls the model: its name on the Hub, or that of its folder. */
function modelName(context: StageContext, name: string): string {
  const { folder, hubName, adapter } = context.model(name);
  return name === 'base' ? (hubName ?? basename(adapter ?? folder)) : name;
}

/** What besides a request decides an answer: the weights, how they are kept, and on what it is computed. */
async function answerScope(context: StageContext, name: string): Promise<string> {
  const { recipe } = context;
  const { folder, adapter } = context.model(name);
  const { kind, precision } = recipe.backend;
  return hashValue([
    await hashFolder(folder),
    adapter === undefined ? '' : await hashFolder(adapter),
    recipe.weights,
    kind,
    precision,
  ]);
}

interface PreferenceScoresOptions {
  readonly local: LocalModel;
  readonly pairs: readonly PreferencePair[];
  readonly stage: string;
  /** For progress. */
  readonly name: string;
  readonly signal: AbortSignal;
}

/** The share of pairs whose chosen answer is the likelier one: per token, and summed over the answer. */
async function* preferenceScores(
  options: PreferenceScoresOptions,
): AsyncGenerator<RunEvent, Record<string, Score>> {
  const { local, pairs, stage, name } = options;
  const job = ({ emit, signal }: JobScope): Promise<PreferenceWinRate> =>
    preferenceWinRate({
      model: local.model,
      tokenizer: local.tokenizer,
      pairs,
      signal,
      onProgress: (done, total) =>
        emit({ type: 'progress', stage, done, total, note: `${name} · preference` }),
    });
  const found = yield* eventsWhile(job, options.signal);
  return {
    'preference/win_rate': { value: found.winRate, ...stderrOf(found.stderr) },
    'preference/win_rate_raw': { value: found.winRateRaw, ...stderrOf(found.stderrRaw) },
  };
}

function stderrOf(stderr: number): { readonly stderr?: number } {
  return Number.isNaN(stderr) ? {} : { stderr };
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
  const named = [
    ...tasks.map(({ task, scores }) => ({ name: task.name, scores })),
    ...groups.map(({ group, scores }) => ({ name: group.name, scores })),
  ];
  return Object.fromEntries(
    named.flatMap(({ name, scores }) =>
      scores.map(({ metric, filter, value, stderr }): [string, Score] => [
        [name, ...(filter === 'none' ? [] : [filter]), metric].join('/'),
        { value, ...stderrOf(stderr) },
      ]),
    ),
  );
}
