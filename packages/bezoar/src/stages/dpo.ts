import { encodePair, trainDpo } from '@bezoar/dpo';
import type { DpoStage } from '../recipe/recipe.ts';
import { definite } from './definite.ts';
import { droppedWarning, readPairs } from './preferences.ts';
import type { StageContext, StageRun } from './stage-context.ts';
import { checkpointFolder, finishTraining, holdOut, openTrainable, trainingSettings } from './training.ts';

/** Direct preference optimisation. The reference is the model with the adapter off: merge what came before. */
export async function* runDpo(stage: DpoStage, context: StageContext): StageRun {
  const { kind: _, from, preferences, ...own } = stage;
  const { packing: _packing, packLength: _packLength, ...training } = context.recipe.training;
  const { data, config } = trainingSettings(own, { recipe: { ...context.recipe, training } });
  const { pairs, dropped } = await readPairs(context.resolve(preferences), {
    template: await context.template(),
    limit: data.limit,
  });
  yield* droppedWarning(context.id, dropped);
  const base = context.model(from);
  if (base.adapter !== undefined) {
    const message =
      'The model has an adapter already: DPO goes on with it, and compares with the base model without it. Merge first to compare with the model itself.';
    yield { type: 'warning', stage: context.id, message };
  }
  const local = await openTrainable(base, context);
  try {
    const maxLength = Math.min(data.maxLength ?? 512, local.model.config.maxPositionEmbeddings);
    const maxPromptLength = Math.min(data.maxPromptLength ?? Math.ceil(maxLength / 2), maxLength - 1);
    const encoded = pairs.map((pair) =>
      encodePair(pair, { tokenizer: local.tokenizer, maxLength, maxPromptLength }),
    );
    const held = holdOut(encoded, context, data.evalFraction);
    return yield* finishTraining({
      context,
      local,
      base,
      training: trainDpo({
        model: local.model,
        pairs: held.training,
        config: definite(config),
        stage: context.id,
        evaluation: {
          pairs: held.evaluation,
          ...(data.evalEvery === undefined ? {} : { every: data.evalEvery }),
        },
        checkpoint: { folder: checkpointFolder(context), every: data.checkpointEvery ?? 50 },
        signal: context.signal,
      }),
    });
  } finally {
    local.dispose();
  }
}
