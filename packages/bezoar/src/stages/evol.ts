import { evolve } from '@bezoar/datagen';
import type { EvolStage } from '../recipe/recipe.ts';
import { definite } from './definite.ts';
import { readSeeds, writeRows } from './rows.ts';
import type { StageContext, StageRun } from './stage-context.ts';

/** Seeds → harder and rarer instructions after Evol-Instruct. */
export async function* runEvol(stage: EvolStage, context: StageContext): StageRun {
  const { kind: _, model, judge, seeds, limit, weights, ...settings } = stage;
  const result = yield* evolve({
    ...definite(settings),
    ...(weights === undefined ? {} : { weights: definite(weights) }),
    ...(judge === undefined ? {} : { judge: context.chat(judge) }),
    model: context.chat(model),
    seeds: await readSeeds(context.files(seeds), limit),
    seed: context.recipe.seed,
    stage: context.id,
    signal: context.signal,
  });
  await writeRows(context.out, result);
  return { rows: result.rows.length };
}
