import { writeJson } from '@bezoar/formats';
import { folderSink } from '@bezoar/formats/node';
import type { EvalStage } from '../recipe/recipe.ts';
import { scoresFileName, type AnswerSample, type EvalScores, type Score } from './eval-scores.ts';
import { openModel } from './local-model.ts';
import { preferenceWinRate } from './preference-win-rate.ts';
import { droppedWarning, readPairs } from './preferences.ts';
import type { StageContext, StageRun } from './stage-context.ts';

/** Scores models on tasks and on preference pairs. */
export async function* runEval(stage: EvalStage, context: StageContext): StageRun {
  const { id, signal, recipe } = context;
  const preferences =
    stage.preferences === undefined
      ? undefined
      : await readPairs(context.resolve(stage.preferences), { limit: stage.limit });
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
      if (preferences !== undefined) {
        const winRate = preferenceWinRate({ local, pairs: preferences.pairs, stage: id, name, signal });
        scores['preference/win_rate'] = yield* winRate;
      }
    } finally {
      local.dispose();
    }
  }
  const scores: EvalScores = { models, samples };
  await writeJson(folderSink(context.out), scoresFileName, scores);
  return undefined;
}
