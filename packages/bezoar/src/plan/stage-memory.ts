import { defaultPreferenceTraining, needsReference, planDpoMemory, type PlanDpoOptions } from '@bezoar/dpo';
import { readJson, type FolderSource } from '@bezoar/formats';
import { readModelConfig, type BlankModelOptions, type LoraConfig } from '@bezoar/model';
import { defaultSft, planSftMemory, type MemoryPlan } from '@bezoar/qlora';
import type { DpoStage, Recipe, SftStage } from '../recipe/recipe.ts';
import { definite } from '../stages/definite.ts';
import { dpoLengths } from '../stages/dpo-lengths.ts';
import { sftMaxLength } from '../stages/sft-rows.ts';
import { trainingSettings } from '../stages/training.ts';
import type { DryRun } from './open-dry-run.ts';

export interface StageMemoryOptions {
  readonly stage: SftStage | DpoStage;
  readonly recipe: Pick<Recipe, 'training' | 'weights' | 'lora' | 'seed'>;
  /** Of the base model: only its config is read. */
  readonly folder: FolderSource;
  /** Of the adapter that the stage goes on with; the recipe's own by default. */
  readonly adapter?: LoraConfig | undefined;
  readonly open: DryRun;
  /** On a GPU: whether decoded weights are kept; false by default. */
  readonly keepDecoded?: boolean;
  /** Tokens of every example (SFT), where they are known; as long as may be by default. */
  readonly lengths?: readonly number[];
}

/** What a training stage will take of the memory of its backend, before anything is loaded. Throws what reading a config throws. */
export async function stageMemory(options: StageMemoryOptions): Promise<MemoryPlan> {
  const { stage, recipe, folder, keepDecoded = false, adapter = recipe.lora } = options;
  const config = await readModelConfig(folder);
  const common = {
    config,
    weights: recipe.weights,
    dtype: await storedDtype(folder),
    open: options.open({ keepDecoded }),
  };
  if (stage.kind === 'dpo') return dpoMemory(stage, { recipe, ...common, adapter });
  const { data, config: settings } = trainingSettings(stage, { recipe });
  const { optimizer, gradientCheckpointing, neftuneNoiseAlpha, batchSize = defaultSft.batchSize } = settings;
  const longest = sftMaxLength(data.maxLength, config);
  const known = options.lengths ?? [longest];
  return planSftMemory({
    ...common,
    ...(stage.method === 'full' ? {} : { adapter }),
    optimizer,
    lengths:
      settings.packing === true
        ? packed(known, { ...settings, batchSize })
        : options.lengths === undefined
          ? Array.from({ length: batchSize }, () => longest)
          : // Chance may put the longest together.
            known.toSorted((a, b) => b - a).slice(0, batchSize),
    training: definite({ gradientCheckpointing, neftuneNoiseAlpha }),
  });
}

type Common = Pick<PlanDpoOptions, 'config' | 'weights' | 'dtype' | 'open' | 'adapter'>;

function dpoMemory(
  stage: DpoStage,
  { recipe, ...common }: Common & Pick<StageMemoryOptions, 'recipe'>,
): Promise<MemoryPlan> {
  const { data, config: settings } = trainingSettings(stage, { recipe });
  const { loss, reference, precomputeReference, optimizer, gradientCheckpointing } = settings;
  const { batchSize = defaultPreferenceTraining.batchSize } = settings;
  const compares = loss === undefined || loss === 'kto' || needsReference(loss);
  const { maxLength: length, maxPromptLength: promptLength } = dpoLengths(data, common.config);
  return planDpoMemory({
    ...common,
    optimizer,
    length,
    promptLength,
    batchSize,
    loss,
    ...definite({ gradientCheckpointing }),
    reference:
      compares && precomputeReference === true
        ? 'precomputed'
        : reference === undefined
          ? 'adapter-off'
          : 'model',
  });
}

/** Packs that are full, of the longest examples and a rest. */
function packed(
  lengths: readonly number[],
  { packLength, batchSize }: { readonly packLength?: number | undefined; readonly batchSize: number },
): number[] {
  const longest = lengths.reduce((most, length) => Math.max(most, length), 1);
  const capacity = Math.max(packLength ?? longest, longest);
  const rest = capacity % longest;
  const pack = Array.from({ length: Math.floor(capacity / longest) }, () => longest);
  if (rest > 1) pack.push(rest);
  return Array.from({ length: batchSize }, () => pack).flat();
}

const dtypes: Readonly<Record<string, BlankModelOptions['dtype']>> = { float16: 'F16', bfloat16: 'BF16' };

/** As config.json names it; f32 where it does not, which takes the most. */
async function storedDtype(folder: FolderSource): Promise<BlankModelOptions['dtype']> {
  const { dtype, torch_dtype: torchDtype } = (await readJson(folder, 'config.json')) as Record<
    string,
    unknown
  >;
  return dtypes[String(dtype ?? torchDtype)] ?? 'F32';
}
