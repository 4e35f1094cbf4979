import type { RunEvent } from '@bezoar/core';
import { openCheckpoint } from '@bezoar/formats';
import { folderSink, openFolder } from '@bezoar/formats/node';
import { mergeLora, saveModel, type WeightFormat } from '@bezoar/model';
import { evaluateLoss, type EncodedExample } from '@bezoar/qlora';
import type { MergeStage } from '../recipe/recipe.ts';
import { copyCompanions } from './copy-companions.ts';
import { encodeRows } from './encode-rows.ts';
import { openModel, type LocalModel } from './local-model.ts';
import { renderRows } from './render-rows.ts';
import { readTrainingRows } from './rows.ts';
import type { StageContext, StageRun } from './stage-context.ts';

type Into = NonNullable<MergeStage['into']>;

/**
 * Folds an adapter into its base and writes a Hugging Face model folder, tokenizer included. With rows both ways of merging are
 * made, and the loss of each is measured beside that of base and adapter: one `evaluation` event tells all three.
 */
export async function* runMerge(stage: MergeStage, context: StageContext): StageRun {
  const { dtype = 'float32', into = 'dequantised' } = stage;
  const { weights } = context.recipe;
  const folders = context.model(stage.from);
  // Over f32 weights there is nothing to de-quantise: both ways are one.
  const ways: readonly Into[] =
    stage.rows === undefined || weights === 'f32' ? [into] : ['dequantised', 'original'];
  const losses: Record<string, number> = {};
  for (const [index, way] of ways.entries()) {
    const local = await openModel({
      ...folders,
      backend: await context.backend(),
      weights: way === 'dequantised' ? weights : await exactFormat(folders.folder),
    });
    try {
      yield { type: 'progress', stage: context.id, done: 2 * index, total: 2 * ways.length, note: 'loaded' };
      const sink = folderSink(context.out);
      if (stage.rows === undefined) {
        await saveModel({ model: local.model, sink, dtype });
      } else {
        const examples = yield* readExamples(stage.rows, { stage, context, local, quiet: index > 0 });
        if (index === 0) losses['adapter'] = (await evaluateLoss({ model: local.model, examples })).loss;
        const merged = await mergeLora(local.model, { dtype });
        try {
          losses[way] = (await evaluateLoss({ model: merged, examples })).loss;
          losses['rows'] = examples.length;
          if (way === into) await saveModel({ model: merged, sink, dtype });
        } finally {
          merged.dispose();
        }
      }
    } finally {
      local.dispose();
    }
    yield {
      type: 'progress',
      stage: context.id,
      done: 2 * index + 2,
      total: 2 * ways.length,
      note: 'merged',
    };
  }
  if (stage.rows !== undefined) yield { type: 'evaluation', stage: context.id, step: 0, metrics: losses };
  await copyCompanions(folders.folder, context.out);
  return undefined;
}

interface ReadExamplesOptions {
  readonly stage: MergeStage;
  readonly context: StageContext;
  readonly local: LocalModel;
  /** Said once before. */
  readonly quiet: boolean;
}

async function* readExamples(
  rows: string,
  { stage, context, local, quiet }: ReadExamplesOptions,
): AsyncGenerator<RunEvent, EncodedExample[]> {
  const template = await context.template();
  const rendered = renderRows(await readTrainingRows(context.rowsFiles(rows), stage.limit), {
    template,
    path: rows,
  });
  const { examples, warnings } = encodeRows(rendered, {
    tokenizer: local.tokenizer,
    maxLength: Math.min(stage.maxLength ?? 1024, local.model.config.maxPositionEmbeddings),
    stage: context.id,
  });
  if (!quiet) yield* warnings;
  return examples;
}

/** What holds a checkpoint's weights as they are, in the least memory. */
async function exactFormat(path: string): Promise<WeightFormat> {
  const checkpoint = await openCheckpoint(openFolder(path));
  try {
    const isBf16 = checkpoint.names.every(
      (name) => !name.endsWith('.weight') || checkpoint.info(name).dtype === 'BF16',
    );
    return isBf16 ? 'bf16' : 'f32';
  } finally {
    await checkpoint.close();
  }
}
