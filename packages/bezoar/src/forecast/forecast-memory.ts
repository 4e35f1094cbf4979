import type { FolderSource } from '@bezoar/formats';
import { adapterConfig } from '../plan/adapter-config.ts';
import type { FreeMemory } from '../plan/free-memory.ts';
import { openDryRun } from '../plan/open-dry-run.ts';
import { planStage, type StagePlan } from '../plan/plan-stage.ts';
import type { DpoStage, Recipe, SftStage, Stage } from '../recipe/recipe.ts';
import type { BaseAtHand } from './base-at-hand.ts';

export interface ForecastMemoryOptions {
  readonly recipe: Recipe;
  /** Those that will run. */
  readonly stages: readonly (readonly [id: string, stage: Stage])[];
  readonly base: BaseAtHand;
  readonly free: FreeMemory | undefined;
  readonly openFolder: (reference: string) => Promise<FolderSource>;
}

/** The memory of every training that will run. Trainings that differ in nothing that takes memory are planned once. */
export async function forecastMemory(
  options: ForecastMemoryOptions,
): Promise<ReadonlyMap<string, StagePlan>> {
  const { recipe, base, free, openFolder } = options;
  const open = await openDryRun(recipe.backend);
  const plans = new Map<string, StagePlan>();
  const alike = new Map<string, StagePlan>();
  for (const [id, stage] of options.stages) {
    if (stage.kind !== 'sft' && stage.kind !== 'dpo') continue;
    const adapter = await adapterConfig(stage.from, recipe, openFolder);
    const key = JSON.stringify([whatTakesMemory(stage), adapter]);
    const plan =
      alike.get(key) ?? (await planStage({ stage, recipe, folder: base.folder, open, free, adapter }));
    alike.set(key, plan);
    plans.set(id, plan);
  }
  return plans;
}

/** The stage without what decides nothing about its memory. */
function whatTakesMemory(stage: SftStage | DpoStage): object {
  const { from: _, preferences: __, epochs: ___, limit: ____, learningRate: _____, ...rest } = stage;
  return stage.kind === 'sft' ? { ...rest, rows: undefined } : rest;
}
