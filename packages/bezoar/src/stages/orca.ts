import { explainWithOrca } from '@bezoar/datagen';
import type { OrcaStage } from '../recipe/recipe.ts';
import { definite } from './definite.ts';
import { streamFlanRows, writeRows } from './rows.ts';
import type { StageContext, StageRun } from './stage-context.ts';

/** FLAN tasks → explanation answers after Orca. */
export async function* runOrca(stage: OrcaStage, context: StageContext): StageRun {
  const { kind: _, model, rows, shares, ...settings } = stage;
  const result = yield* explainWithOrca({
    ...definite(settings),
    ...(shares === undefined ? {} : { shares: definite(shares) }),
    model: context.chat(model),
    rows: () => streamFlanRows(context.files(rows)),
    seed: context.recipe.seed,
    stage: context.id,
    signal: context.signal,
  });
  await writeRows(context.out, result);
  return { rows: result.rows.length };
}
