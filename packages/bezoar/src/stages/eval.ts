import { createLocalLanguageModel, evaluate, type EvaluationReport } from '@bezoar/eval';
import { writeJson } from '@bezoar/formats';
import { folderSink } from '@bezoar/formats/node';
import type { EvalStage } from '../recipe/recipe.ts';
import { addAnswers } from './answer-samples.ts';
import { definite } from './definite.ts';
import { scoresFileName, type AnswerSample, type Score } from './eval-scores.ts';
import { chooseBos, loadTask } from './eval-tasks.ts';
import { openModel } from './local-model.ts';
import { preferenceWinRate } from './preference-win-rate.ts';
import { droppedWarning, readPairs } from './preferences.ts';
import type { StageContext, StageRun } from './stage-context.ts';

/** Scores models on tasks, as LM-Eval-Harness does, and on preference pairs. */
export async function* runEval(stage: EvalStage, context: StageContext): StageRun {
  const { id, signal, recipe, resolve } = context;
  const { template } = recipe;
  const tasks = await Promise.all(stage.tasks.map((task) => loadTask(task, { template, resolve })));
  const preferences =
    stage.preferences === undefined
      ? undefined
      : await readPairs(resolve(stage.preferences), { limit: stage.limit });
  if (preferences !== undefined) yield* droppedWarning(id, preferences.dropped);
  const models: Record<string, Record<string, Score>> = {};
  const samples: AnswerSample[] = [];
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
        const model = createLocalLanguageModel({ ...local, id: name, bos: chooseBos(stage) });
        const report = yield* evaluate({
          model,
          tasks,
          stage: id,
          signal,
          ...definite({ limit: stage.limit }),
        });
        Object.assign(scores, scoresOf(report));
        addAnswers(samples, name, report.tasks);
      }
      if (preferences !== undefined) {
        const winRate = preferenceWinRate({ local, pairs: preferences.pairs, stage: id, name, signal });
        scores['preference/win_rate'] = yield* winRate;
      }
    } finally {
      local.dispose();
    }
  }
  await writeJson(folderSink(context.out), scoresFileName, { models, samples });
  return undefined;
}

/** By `task/metric`, with the filter in between where there is one. */
function scoresOf({ tasks }: EvaluationReport): Record<string, Score> {
  return Object.fromEntries(
    tasks.flatMap(({ task, scores }) =>
      scores.map(({ metric, filter, value, stderr }): [string, Score] => [
        [task.name, ...(filter === 'none' ? [] : [filter]), metric].join('/'),
        { value, ...(Number.isNaN(stderr) ? {} : { stderr }) },
      ]),
    ),
  );
}
