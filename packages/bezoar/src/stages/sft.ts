import type { RunEvent } from '@bezoar/core';
import { trainSft, type PromptTemplate, type RenderedRow } from '@bezoar/qlora';
import type { SftStage } from '../recipe/recipe.ts';
import { definite } from './definite.ts';
import { encodeRows } from './encode-rows.ts';
import { droppedWarning, readPairs } from './preferences.ts';
import { renderRows } from './render-rows.ts';
import { readTrainingRows } from './rows.ts';
import type { StageContext, StageRun } from './stage-context.ts';
import { checkpointFolder, finishTraining, holdOut, openTrainable, trainingSettings } from './training.ts';

/** QLoRA fine-tuning on rows, or on the prompts and chosen answers of preference pairs. */
export async function* runSft(stage: SftStage, context: StageContext): StageRun {
  const { kind: _, from, rows, preferences, ...own } = stage;
  const { data, config } = trainingSettings(own, context);
  const template = await context.template();
  const rendered =
    rows === undefined
      ? yield* preferenceRows(context.files(preferences!), context, template)
      : renderRows(await readTrainingRows(context.rowsFiles(rows)), { template, path: rows });
  const base = context.model(from);
  const local = await openTrainable(base, context);
  try {
    const maxLength = Math.min(data.maxLength ?? 1024, local.model.config.maxPositionEmbeddings);
    const { examples, warnings } = encodeRows(rendered.slice(0, data.limit), {
      tokenizer: local.tokenizer,
      maxLength,
      stage: context.id,
    });
    yield* warnings;
    const { training, evaluation } = holdOut(examples, context, data.evalFraction);
    return yield* finishTraining({
      context,
      local,
      base,
      training: trainSft({
        model: local.model,
        examples: training,
        config: definite(config),
        stage: context.id,
        evaluation: {
          examples: evaluation,
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

async function* preferenceRows(
  files: readonly string[],
  { id }: StageContext,
  template: PromptTemplate,
): AsyncGenerator<RunEvent, RenderedRow[]> {
  const { pairs, dropped } = await readPairs(files, { template });
  yield* droppedWarning(id, dropped);
  return pairs.map(({ prompt, chosen, rendered = false }) => ({
    spans: [
      { text: prompt, target: false },
      { text: chosen, target: true },
    ],
    encoding: { addBos: !rendered, addEos: !rendered, rendered },
  }));
}
