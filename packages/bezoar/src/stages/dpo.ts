import type { RunEvent } from '@bezoar/core';
import {
  encodePair,
  encodeRated,
  needsReference,
  trainDpo,
  trainKto,
  type EncodedSide,
  type EncodeSideOptions,
  type Reference,
} from '@bezoar/dpo';
import type { CausalLM } from '@bezoar/model';
import type { TrainingControls, TrainResult } from '@bezoar/qlora';
import type { DpoStage } from '../recipe/recipe.ts';
import { definite } from './definite.ts';
import { dpoLengths } from './dpo-lengths.ts';
import type { LocalModel } from './local-model.ts';
import { memoryNote } from './memory-note.ts';
import { droppedWarning, readPairs, readRated } from './preferences.ts';
import { openReference } from './reference.ts';
import type { ModelFolders, StageContext, StageRun } from './stage-context.ts';
import {
  checkpointFolder,
  finishTraining,
  holdOut,
  openTrainable,
  trainingSettings,
  type SplitSettings,
} from './training.ts';

/** The settings of the losses, without what is about data and reference. */
type Settings = SplitSettings<Omit<DpoStage, OwnKeys | keyof SplitSettings<unknown>['data']>>;
type OwnKeys = 'kind' | 'from' | 'preferences' | 'reference' | 'precomputeReference' | 'referenceFile';

/** Preference optimisation. The reference is the model with the adapter off unless the stage names another. */
export async function* runDpo(stage: DpoStage, context: StageContext): StageRun {
  const {
    kind: _,
    from,
    preferences,
    reference,
    precomputeReference: __,
    referenceFile: ___,
    ...own
  } = stage;
  const {
    packing: _packing,
    packLength: _packLength,
    neftuneNoiseAlpha: _neftuneNoiseAlpha,
    ...training
  } = context.recipe.training;
  const settings = trainingSettings(own, { recipe: { ...context.recipe, training } });
  const files = context.files(preferences);
  const base = context.model(from);
  if (base.adapter !== undefined && reference === undefined && hasReference(stage)) {
    const message =
      'The model has an adapter already: DPO goes on with it, and compares with the base model without it. Merge first to compare with the model itself, or name it as the reference.';
    yield { type: 'warning', stage: context.id, message };
  }
  const plan = yield* memoryNote({ stage, context, base });
  const local = await openTrainable(base, { context, plan });
  try {
    const work = { stage, files, local, base, context, settings };
    return yield* stage.loss === 'kto' ? onRated(work) : onPairs(work);
  } finally {
    local.dispose();
  }
}

interface Work {
  readonly stage: DpoStage;
  /** Of the preferences. */
  readonly files: readonly string[];
  readonly local: LocalModel;
  readonly base: ModelFolders;
  readonly context: StageContext;
  readonly settings: Settings;
}

async function* onPairs(work: Work): StageRun {
  const { files, local, context, settings } = work;
  const { data, config } = settings;
  const template = await context.template();
  const { pairs, dropped } = await readPairs(files, { template, limit: data.limit });
  yield* droppedWarning(context.id, dropped);
  const limits = lengthLimits(local, data);
  const encoded = pairs.map((pair) => encodePair(pair, limits));
  const { training, evaluation } = holdOut(encoded, context, data.evalFraction);
  // KTO's loss is not on pairs.
  const loss = config.loss === 'kto' ? undefined : config.loss;
  const sides = encoded.flatMap(({ chosen, rejected }) => [chosen, rejected]);
  return yield* train(work, sides, (controls) =>
    trainDpo({
      ...controls,
      pairs: training,
      config: definite({ ...config, loss }),
      evaluation: { pairs: evaluation, ...definite({ every: data.evalEvery }) },
    }),
  );
}

async function* onRated(work: Work): StageRun {
  const { files, local, context, settings } = work;
  const { data, config } = settings;
  const template = await context.template();
  const { rows, dropped } = await readRated(files, { template, limit: data.limit });
  yield* droppedWarning(context.id, dropped);
  const encoded = encodeRated(rows, lengthLimits(local, data));
  const { training, evaluation } = holdOut(encoded, context, data.evalFraction);
  const { loss: _, ...own } = config;
  const sides = encoded.flatMap(({ side, mismatched }) => [side, mismatched]);
  return yield* train(work, sides, (controls) =>
    trainKto({
      ...controls,
      rows: training,
      config: definite(own),
      evaluation: { rows: evaluation, ...definite({ every: data.evalEvery }) },
    }),
  );
}

interface Controls extends TrainingControls {
  readonly stage: string;
  readonly model: CausalLM;
  readonly reference?: Reference;
}

async function* train(
  { stage, local, base, context, settings }: Work,
  sides: readonly EncodedSide[],
  start: (controls: Controls) => AsyncGenerator<RunEvent, TrainResult>,
): StageRun {
  const opened = hasReference(stage)
    ? yield* openReference({ stage, context, base, local, sides })
    : undefined;
  try {
    const training = start({
      stage: context.id,
      model: local.model,
      ...(opened === undefined ? {} : { reference: opened.reference }),
      checkpoint: { folder: checkpointFolder(context), every: settings.data.checkpointEvery ?? 50 },
      signal: context.signal,
      group: context.group,
    });
    return yield* finishTraining({ context, local, base, training });
  } finally {
    opened?.dispose();
  }
}

function hasReference({ loss = 'sigmoid' }: DpoStage): boolean {
  return loss === 'kto' || needsReference(loss);
}

function lengthLimits({ model, tokenizer }: LocalModel, data: Settings['data']): EncodeSideOptions {
  return { tokenizer, ...dpoLengths(data, model.config) };
}
