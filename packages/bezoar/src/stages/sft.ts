import { openFolder } from '@bezoar/formats/node';
import { loadTokenizer, readModelConfig } from '@bezoar/model';
import { fullTrainable, trainSft } from '@bezoar/qlora';
import type { SftStage } from '../recipe/recipe.ts';
import { definite } from './definite.ts';
import { memoryNote } from './memory-note.ts';
import { encodeRows } from './encode-rows.ts';
import { droppedWarning } from './preferences.ts';
import { readSftRows, sftMaxLength } from './sft-rows.ts';
import type { StageContext, StageRun } from './stage-context.ts';
import { checkpointFolder, finishTraining, holdOut, openTrainable, trainingSettings } from './training.ts';

/** QLoRA or full fine-tuning on rows, or on the prompts and chosen answers of preference pairs. */
export async function* runSft(stage: SftStage, context: StageContext): StageRun {
  const { kind: _, from, rows, preferences, method, dtype, ...own } = stage;
  const { data, config } = trainingSettings(own, context);
  const template = await context.template();
  const { rows: rendered, dropped } = await readSftRows(
    { rows, preferences, limit: data.limit },
    { ...context, template },
  );
  yield* droppedWarning(context.id, dropped);
  const base = context.model(from);
  const full = method === 'full';
  const source = openFolder(base.folder);
  const { examples, warnings } = encodeRows(rendered, {
    tokenizer: await loadTokenizer(source),
    maxLength: sftMaxLength(data.maxLength, await readModelConfig(source)),
    stage: context.id,
  });
  yield* warnings;
  const plan = yield* memoryNote({
    stage,
    context,
    base,
    lengths: examples.map(({ tokens }) => tokens.length),
  });
  const local = await openTrainable(base, { context, full, plan });
  try {
    const { training, evaluation } = holdOut(examples, context, data.evalFraction);
    return yield* finishTraining({
      context,
      local,
      base,
      dtype,
      training: trainSft({
        model: local.model,
        ...(full ? { trainable: fullTrainable(local.model) } : {}),
        examples: training,
        config: definite(config),
        stage: context.id,
        evaluation: {
          examples: evaluation,
          ...(data.evalEvery === undefined ? {} : { every: data.evalEvery }),
        },
        checkpoint: { folder: checkpointFolder(context), every: data.checkpointEvery ?? 50 },
        signal: context.signal,
        group: context.group,
      }),
    });
  } finally {
    local.dispose();
  }
}
