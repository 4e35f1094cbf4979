import { createRng, type RunEvent } from '@bezoar/core';
import type { FolderSink, FolderSource } from '@bezoar/formats';
import { folderSink, openFolder } from '@bezoar/formats/node';
import { createLoraAdapter, saveLoraAdapter } from '@bezoar/model';
import type { TrainResult } from '@bezoar/qlora';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrainingSettings } from '../recipe/recipe.ts';
import { definite } from './definite.ts';
import { openModel, type LocalModel } from './local-model.ts';
import type { ModelFolders, StageContext, StageRun } from './stage-context.ts';

/** The settings of a training loop, split off from those about its data. */
export interface SplitSettings<Config> {
  readonly data: Pick<
    TrainingSettings,
    'maxLength' | 'maxPromptLength' | 'evalFraction' | 'evalEvery' | 'checkpointEvery' | 'limit'
  >;
  readonly config: Config & { readonly seed: number };
}

/** The stage's own settings over the recipe's defaults. */
export function trainingSettings<Settings extends TrainingSettings>(
  own: Settings,
  { recipe }: Pick<StageContext, 'recipe'>,
): SplitSettings<Omit<Settings, keyof SplitSettings<unknown>['data']>> {
  const { maxLength, maxPromptLength, evalFraction, evalEvery, checkpointEvery, limit, ...config } = {
    ...recipe.training,
    ...(definite(own) as Settings),
  };
  return {
    data: { maxLength, maxPromptLength, evalFraction, evalEvery, checkpointEvery, limit },
    config: { ...(definite(config) as typeof config), seed: recipe.seed },
  };
}

/** The model that a stage trains: with the adapter that it goes on with, or a fresh one. */
export async function openTrainable(folders: ModelFolders, context: StageContext): Promise<LocalModel> {
  const { recipe } = context;
  return openModel({
    ...folders,
    backend: await context.backend(),
    weights: recipe.weights,
    freshAdapter: (model) =>
      createLoraAdapter({
        model,
        config: recipe.lora,
        rng: createRng(recipe.seed).fork(`adapter ${context.id}`),
      }),
  });
}

const largestEvaluation = 100;

/** Holds a share of the items out for evaluation, 5 % and at most 100 by default; which ones depends on the seed only. */
export function holdOut<Item>(
  items: readonly Item[],
  context: Pick<StageContext, 'id' | 'recipe'>,
  fraction = 0.05,
): { readonly training: readonly Item[]; readonly evaluation: readonly Item[] } {
  const count = Math.min(Math.floor(items.length * fraction), largestEvaluation, items.length - 1);
  if (count <= 0) return { training: items, evaluation: [] };
  const rng = createRng(context.recipe.seed).fork(`held out ${context.id}`);
  const indices = items.map((_, index) => index);
  const held = new Set(rng.sample(indices, count));
  return {
    training: items.filter((_, index) => !held.has(index)),
    evaluation: items.filter((_, index) => held.has(index)),
  };
}

/** Where the training state is kept until the stage is done. */
export function checkpointFolder(context: StageContext): FolderSource & FolderSink {
  const path = join(context.out, 'checkpoint');
  return { ...openFolder(path), ...folderSink(path) };
}

export interface FinishOptions {
  readonly context: StageContext;
  readonly local: LocalModel;
  readonly base: ModelFolders;
  readonly training: AsyncGenerator<RunEvent, TrainResult>;
}

/** Runs a training loop to its end, saves the adapter as a PEFT folder and removes the state that is no longer needed. */
export async function* finishTraining({ context, local, base, training }: FinishOptions): StageRun {
  const result = yield* training;
  await saveLoraAdapter({
    model: local.model,
    adapter: local.model.adapter!,
    sink: folderSink(context.out),
    baseModel: base.hubName ?? base.folder,
  });
  await rm(join(context.out, 'checkpoint'), { recursive: true, force: true });
  return {
    steps: result.steps,
    tokens: result.tokens,
    trainSeconds: result.seconds,
    ...(result.best === undefined ? {} : { bestStep: result.best.step }),
  };
}
