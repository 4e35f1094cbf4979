import { eventsWhile, type JobScope, type PreferencePair, type RunEvent } from '@bezoar/core';
import {
  createApiLanguageModel,
  createLocalLanguageModel,
  preferenceWinRate,
  summarize,
  type LanguageModel,
  type PreferenceWinRate,
} from '@bezoar/eval';
import { writeJson } from '@bezoar/formats';
import { folderSink } from '@bezoar/formats/node';
import { basename } from 'node:path';
import type { EvalStage } from '../recipe/recipe.ts';
import { hashValue } from '../run/content-hash.ts';
import { addAnswers } from './answer-samples.ts';
import { answerScope } from './answer-scope.ts';
import { definite } from './definite.ts';
import { scoresFileName, type AnswerSample, type Score } from './eval-scores.ts';
import { chooseBos, loadTask } from './eval-tasks.ts';
import { evaluateModel } from './evaluate-model.ts';
import { findDifferences, type PreferenceWins } from './find-differences.ts';
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
  const wins = new Map<string, PreferenceWins>();
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
        const found = yield* evaluateModel({
          model,
          answerScope: await answerScope(context, name),
          cardName: modelName(context, name),
          tasks,
          stage,
          context,
        });
        Object.assign(scores, found.scores);
        addAnswers(samples, name, found.tasks);
      }
      if (preferences !== undefined) {
        const { pairs } = preferences;
        const found = yield* preferenceScores({ local, pairs, stage: id, name, signal });
        Object.assign(scores, scoresOfWins(found));
        wins.set(name, winsOf(found));
      }
      const metrics = Object.entries(scores).map(
        ([metric, { value }]) => [`${name}/${metric}`, value] as const,
      );
      yield { type: 'evaluation', stage: id, step: done++, metrics: Object.fromEntries(metrics) };
    } finally {
      local.dispose();
    }
  }
  for (const name of stage.served ?? []) {
    const served = openServed(name, { stage, context });
    const found = yield* evaluateModel({ ...served, cardName: served.model.id, tasks, stage, context });
    models[name] = found.scores;
    addAnswers(samples, name, found.tasks);
    const metrics = Object.entries(found.scores).map(
      ([metric, { value }]) => [`${name}/${metric}`, value] as const,
    );
    yield { type: 'evaluation', stage: id, step: done++, metrics: Object.fromEntries(metrics) };
  }
  const differences = await findDifferences({ models: Object.keys(models), context, wins });
  await writeJson(folderSink(context.out), scoresFileName, { models, samples, differences });
  return undefined;
}

interface ServedScope {
  readonly stage: EvalStage;
  readonly context: StageContext;
}

/** A model of the recipe's `models`: its completions score and generate, its chat generates. */
function openServed(
  name: string,
  { stage: { api = 'completions', concurrency }, context }: ServedScope,
): { readonly model: LanguageModel; readonly answerScope: string } {
  const { model, baseURL = context.recipe.baseURL } = context.recipe.models[name]!;
  const client = api === 'chat' ? { chat: context.chat(name) } : { completions: context.completions(name) };
  return {
    model: createApiLanguageModel({ id: name, ...client, ...definite({ concurrency }) }),
    answerScope: hashValue([model, baseURL, api]),
  };
}

/** What a card calls the model: its name on the Hub, or that of its folder. */
function modelName(context: StageContext, name: string): string {
  const { folder, hubName, adapter } = context.model(name);
  return name === 'base' ? (hubName ?? basename(adapter ?? folder)) : name;
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
): AsyncGenerator<RunEvent, PreferenceWinRate> {
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
  return yield* eventsWhile(job, options.signal);
}

function winsOf({ wins, winsRaw }: PreferenceWinRate): PreferenceWins {
  return { 'preference/win_rate': wins, 'preference/win_rate_raw': winsRaw };
}

function scoresOfWins(found: PreferenceWinRate): Record<string, Score> {
  return Object.fromEntries(
    Object.entries(winsOf(found)).map(([metric, wins]): [string, Score] => {
      const { value, stderr, interval, n } = summarize(wins, { metric, filter: 'none' });
      return [metric, { value, ...(Number.isNaN(stderr) ? {} : { stderr }), interval, n }];
    }),
  );
}
