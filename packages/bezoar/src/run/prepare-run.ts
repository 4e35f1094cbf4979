import type { RunEvent } from '@bezoar/core';
import type { Recipe } from '../recipe/recipe.ts';
import { openRunInputs } from './open-run-inputs.ts';
import { planRun, type PlannedStage, type PlanOptions } from './plan-run.ts';
import { preflight } from './preflight.ts';
import type { RunInputs } from './run-inputs.ts';
import { stageInputs } from './stage-inputs.ts';

export interface PrepareOptions extends Omit<PlanOptions, 'inputs'> {
  readonly resolve: (path: string) => string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly emit: (event: RunEvent) => void;
}

export interface PreparedRun {
  readonly plan: readonly PlannedStage[];
  /** The stages that will run. */
  readonly pending: readonly PlannedStage[];
  readonly inputs: RunInputs;
}

/**
 * Decides what is to be done, downloads what that needs from the Hub, and reads all of its input once: nothing is written into
 * the run's folder or paid for before. Throws BezoarError: what the inputs throw.
 */
export async function prepareRun({
  resolve,
  env,
  signal,
  emit,
  ...options
}: PrepareOptions): Promise<PreparedRun> {
  const { recipe } = options;
  const needs = Object.values(recipe.stages).map(stageInputs);
  const isLocal = needs.some(({ models }) => models.length > 0);
  const inputs = await openRunInputs({
    models: [...(isLocal ? baseOf(recipe) : []), ...needs.flatMap(({ folders }) => folders)],
    data: needs.flatMap(({ files }) => files),
    resolve,
    env,
    signal,
    emit,
  });
  const plan = await planRun({ ...options, inputs });
  const pending = plan.filter(({ state }) => state !== 'unchanged');
  const missing = pending.flatMap(({ stage }) => {
    const { files, folders, models } = stageInputs(stage);
    return [...files, ...folders, ...(models.length > 0 ? baseOf(recipe) : [])];
  });
  await inputs.fetch(missing);
  await preflight({ recipe, inputs, stages: pending });
  return { plan, pending, inputs };
}

function baseOf({ base, adapter }: Pick<Recipe, 'base' | 'adapter'>): string[] {
  return [base, adapter].filter((reference) => reference !== undefined);
}
