import { createRng, type RunEvent } from '@bezoar/core';
import type { FolderSink, FolderSource } from '@bezoar/formats';
import { folderSink, openFolder } from '@bezoar/formats/node';
import {
  createLoraAdapter,
  saveLoraAdapter,
  saveModel,
  type FloatType,
  type LoraConfig,
} from '@bezoar/model';
import type { TrainResult } from '@bezoar/qlora';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Recipe, TrainingSettings } from '../recipe/recipe.ts';
import { copyCompanions } from './copy-companions.ts';
import { definite } from './definite.ts';
import { openModel, type LocalModel } from './local-model.ts';
import type { BackendPlan, ModelFolders, StageContext, StageRun } from './stage-context.ts';

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
  { recipe }: { readonly recipe: Pick<Recipe, 'training' | 'seed'> },
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

export interface OpenTrainableOptions {
  readonly context: StageContext;
  /** Without an adapter: every weight learns. */
  readonly full?: boolean;
  readonly plan?: BackendPlan | undefined;
}

/** The model that a stage trains: with the adapter that it goes on with, or a fresh one. */
export async function openTrainable(
  folders: ModelFolders,
  { context, full = false, plan }: OpenTrainableOptions,
): Promise<LocalModel> {
  const { recipe } = context;
  const backend = await context.backend(plan);
  if (full) return openModel({ ...folders, backend, weights: recipe.weights });
  return openModel({
    ...folders,
    backend,
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

/** How many of so many items `holdOut` holds out. */
export function heldOutCount(items: number, fraction = 0.05): number {
  return Math.max(0, Math.min(Math.floor(items * fraction), largestEvaluation, items - 1));
}

/** Holds a share of the items out for evaluation, 5 % and at most 100 by default; which ones depends on the seed only. */
export function holdOut<Item>(
  items: readonly Item[],
  context: { readonly id: string; readonly recipe: Pick<Recipe, 'seed'> },
  fraction?: number,
): { readonly training: readonly Item[]; readonly evaluation: readonly Item[] } {
  const count = heldOutCount(items.length, fraction);
  if (count === 0) return { training: items, evaluation: [] };
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
  /** Of a model that is trained without an adapter. */
  readonly dtype?: FloatType | undefined;
  readonly training: AsyncGenerator<RunEvent, TrainResult>;
}

/**
 * Runs a training loop to its end, saves the adapter as a PEFT folder, or the model where it has none, and removes the state that is
 * no longer needed. In a group, rank 0 does what is done after training.
 */
export async function* finishTraining(options: FinishOptions): StageRun {
  const { context, local, base, dtype = 'float32' } = options;
  const { model } = local;
  const sink = folderSink(context.out);
  if (base.adapter !== undefined && model.adapter !== undefined)
    yield { type: 'note', stage: context.id, message: describeAdapter(model.adapter.config) };
  const result = yield* options.training;
  if (context.group !== undefined && context.group.rank > 0) return undefined;
  if (model.adapter === undefined) {
    await saveModel({ model, sink, dtype });
    await copyCompanions(base.folder, context.out);
  } else {
    await saveLoraAdapter({
      model,
      adapter: model.adapter,
      sink,
      baseModel: base.hubName ?? base.folder,
    });
  }
  await rm(join(context.out, 'checkpoint'), { recursive: true, force: true });
  return {
    steps: result.steps,
    tokens: result.tokens,
    trainSeconds: result.seconds,
    ...(result.best === undefined ? {} : { bestStep: result.best.step }),
  };
}

/** An adapter that is there brings its settings along. */
function describeAdapter({ r, loraAlpha, loraDropout, targetModules }: LoraConfig): string {
  const targets = typeof targetModules === 'string' ? targetModules : targetModules.join(', ');
  return `goes on with an adapter and its settings: r ${r}, alpha ${loraAlpha}, dropout ${loraDropout}, ${targets}`;
}
