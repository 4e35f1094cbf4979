import { BezoarError, eventsWhile, type JobScope, type RunEvent } from '@bezoar/core';
import { readText, writeJson } from '@bezoar/formats';
import { folderSink, openFolder } from '@bezoar/formats/node';
import {
  exportGguf,
  exportSafetensors,
  ggufTokenizerMetadata,
  modelWeights,
  openWeights,
  readModelConfig,
  type FloatType,
  type WeightSource,
} from '@bezoar/model';
import { basename, dirname } from 'node:path';
import type { ExportStage } from '../recipe/recipe.ts';
import { copyCompanions } from './copy-companions.ts';
import { openModel } from './local-model.ts';
import type { ModelFolders, StageContext, StageRun } from './stage-context.ts';

const floatTypes: Readonly<Record<'f32' | 'f16' | 'bf16', FloatType>> = {
  f32: 'float32',
  f16: 'float16',
  bf16: 'bfloat16',
};
const chatTemplate = 'chat_template.jinja';
const generationConfig = 'generation_config.json';

/**
 * Writes a model for other programs: one GGUF file, or a safetensors folder. A model without an adapter is read from its folder, tensor by
 * tensor; an adapter is folded into the base as it was trained on.
 */
export async function* runExport(stage: ExportStage, context: StageContext): StageRun {
  const folders = context.model(stage.from);
  const source = await openSource(folders, context);
  try {
    const template =
      stage.chatTemplate === undefined ? undefined : await readTemplate(context.path(stage.chatTemplate));
    const job = (scope: JobScope): Promise<readonly string[]> =>
      stage.format === 'gguf'
        ? writeGgufFile({ stage, context, folders, source, template }, scope)
        : writeFolder({ stage, context, folders, source, template }, scope);
    const warnings = yield* eventsWhile(job, context.signal);
    for (const message of warnings) yield { type: 'warning', stage: context.id, message } satisfies RunEvent;
  } finally {
    await source.close();
  }
  return undefined;
}

interface OpenSource extends WeightSource {
  close(): Promise<void>;
}

async function openSource(folders: ModelFolders, context: StageContext): Promise<OpenSource> {
  if (folders.adapter === undefined) return openWeights(openFolder(folders.folder));
  const local = await openModel({
    ...folders,
    backend: await context.backend(),
    weights: context.recipe.weights,
  });
  return {
    ...modelWeights(local.model),
    close() {
      local.dispose();
      return Promise.resolve();
    },
  };
}

interface WriteOptions {
  readonly stage: ExportStage;
  readonly context: StageContext;
  readonly folders: ModelFolders;
  readonly source: WeightSource;
  readonly template: string | undefined;
}

async function writeGgufFile(options: WriteOptions, scope: JobScope): Promise<string[]> {
  const { stage, context, folders, source, template } = options;
  const { file, unquantised, notes } = await exportGguf({
    weights: source,
    folder: openFolder(folders.folder),
    sink: folderSink(context.out),
    type: stage.type ?? 'q8_0',
    name: stage.name ?? context.recipe.name,
    chatTemplate: template,
    onProgress: progressOf(context, scope),
  });
  const kept =
    unquantised.length === 0
      ? []
      : [
          `${file}: ${unquantised.length} matrices stayed f16, because their rows are no multiple of 32: ${unquantised[0]!} and others.`,
        ];
  return [...kept, ...notes];
}

async function writeFolder(options: WriteOptions, scope: JobScope): Promise<string[]> {
  const { stage, context, folders, source, template } = options;
  const sink = folderSink(context.out);
  await exportSafetensors({
    weights: source,
    sink,
    dtype: floatTypes[(stage.type ?? 'bf16') as keyof typeof floatTypes],
    ...(stage.maxShardBytes === undefined ? {} : { maxShardBytes: stage.maxShardBytes }),
    onProgress: progressOf(context, scope),
  });
  await copyCompanions(folders.folder, context.out);
  if (template !== undefined) await sink.write(chatTemplate, [new TextEncoder().encode(template)]);
  const { bosTokenId, eosTokenIds } = source.config;
  if (!(await openFolder(folders.folder).exists(generationConfig))) {
    await writeJson(sink, generationConfig, {
      _from_model_config: true,
      bos_token_id: bosTokenId ?? null,
      eos_token_id: eosTokenIds.length > 1 ? eosTokenIds : (eosTokenIds[0] ?? null),
    });
  }
  return [];
}

function progressOf({ id }: StageContext, { emit }: JobScope): (done: number, total: number) => void {
  return (done, total) => emit({ type: 'progress', stage: id, done, total, note: 'tensors' });
}

async function readTemplate(path: string): Promise<string> {
  return readText(openFolder(dirname(path)), basename(path));
}

/**
 * Whether the export can be written at all, before the stages that come first are paid for. Throws BezoarError BAD_CONFIG, NOT_FOUND, BAD_FILE, or
 * UNSUPPORTED for a tokenizer that llama.cpp would apply otherwise.
 */
export async function checkExport(
  { format, type, chatTemplate: file }: ExportStage,
  { path, base }: { readonly path: (reference: string) => string; readonly base: string | undefined },
): Promise<void> {
  if (format === 'safetensors' && type !== undefined && !(type in floatTypes)) {
    throw new BezoarError('BAD_CONFIG', `Safetensors are not written as ${type}.`, {
      advice: 'Take f32, f16 or bf16; or GGUF, which has it.',
    });
  }
  if (file !== undefined) await readTemplate(path(file));
  if (format !== 'gguf' || base === undefined) return;
  const folder = openFolder(path(base));
  await ggufTokenizerMetadata({ folder, config: await readModelConfig(folder) });
}
