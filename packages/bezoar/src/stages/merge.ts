import { folderSink, openFolder } from '@bezoar/formats/node';
import { mergeLora, saveModel } from '@bezoar/model';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MergeStage } from '../recipe/recipe.ts';
import { openModel } from './local-model.ts';
import type { StageContext, StageRun } from './stage-context.ts';

/** What a model folder has beside weights and config. */
const companions = [
  'tokenizer.model',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'generation_config.json',
  'chat_template.jinja',
];

/** Folds an adapter into its base and writes a Hugging Face model folder, tokenizer included. */
export async function* runMerge(stage: MergeStage, context: StageContext): StageRun {
  const folders = context.model(stage.from);
  const local = await openModel({
    ...folders,
    backend: await context.backend(),
    weights: context.recipe.weights,
  });
  try {
    yield { type: 'progress', stage: context.id, done: 1, total: 3, note: 'loaded' };
    const merged = await mergeLora(local.model);
    try {
      yield { type: 'progress', stage: context.id, done: 2, total: 3, note: 'merged' };
      await saveModel({
        model: merged,
        sink: folderSink(context.out),
        ...(stage.dtype === undefined ? {} : { dtype: stage.dtype }),
      });
    } finally {
      merged.dispose();
    }
  } finally {
    local.dispose();
  }
  const source = openFolder(folders.folder);
  for (const name of companions) {
    if (await source.exists(name)) await copyFile(join(folders.folder, name), join(context.out, name));
  }
  yield { type: 'progress', stage: context.id, done: 3, total: 3, note: 'saved' };
  return undefined;
}
