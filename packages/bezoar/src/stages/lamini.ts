import { generateLaMini } from '@bezoar/datagen';
import type { LaminiStage } from '../recipe/recipe.ts';
import { definite } from './definite.ts';
import { readSeeds, readTopics, writeRows } from './rows.ts';
import type { StageContext, StageRun } from './stage-context.ts';

/** Seeds → instructions after LaMini-LM. */
export async function* runLamini(stage: LaminiStage, context: StageContext): StageRun {
  const { kind: _, model, seeds, topics, ...settings } = stage;
  const result = yield* generateLaMini({
    ...definite(settings),
    ...(topics === undefined ? {} : { topics: await readTopics(context.files(topics)) }),
    model: context.chat(model),
    seeds: await readSeeds(context.files(seeds)),
    seed: context.recipe.seed,
    stage: context.id,
    signal: context.signal,
  });
  await writeRows(context.out, result);
  return { rows: result.rows.length };
}
