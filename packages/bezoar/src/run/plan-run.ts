import { join } from 'node:path';
import type { Recipe, Stage } from '../recipe/recipe.ts';
import { chatModelPrint } from './chat-models.ts';
import { hashFile, hashFolder, hashValue } from './content-hash.ts';
import type { RunInputs } from './run-inputs.ts';
import { readStageState, type StageState } from './stage-folder.ts';
import { stageInputs } from './stage-inputs.ts';
import { settingsOf, type StageSettings } from './stage-settings.ts';

/** A stage of a run: where it works, what decides its result, and whether that result is there already. */
export interface PlannedStage {
  readonly id: string;
  readonly stage: Stage;
  readonly out: string;
  /** Hash of the settings and of all inputs: equal prints make equal results. */
  readonly fingerprint: string;
  readonly state: StageState;
  /** The part of the recipe that decides the result. */
  readonly settings: StageSettings;
  /** Of the files and folders that go into the fingerprint, as the recipe names them: a hash, or what the Hub says. */
  readonly inputPrints: Readonly<Record<string, string>>;
}

export interface PlanOptions {
  readonly recipe: Recipe;
  readonly inputs: Pick<RunInputs, 'path' | 'hubPrint'>;
  readonly runDir: string;
  /** `flat`: the only stage works in the run folder itself. */
  readonly layout: 'stages' | 'flat';
  readonly fresh: boolean;
}

/** Changes when what a stage makes of the same inputs changes. */
const version = 1;

/**
 * Decides for every stage whether it is done, begun or new. Prints depend on settings and inputs only, so all are known before
 * anything runs. Throws BezoarError NOT_FOUND when an input file is missing.
 */
export async function planRun({
  recipe,
  inputs: { path, hubPrint },
  runDir,
  layout,
  fresh,
}: PlanOptions): Promise<PlannedStage[]> {
  const prints = new Map<string, string>();
  const filePrint = async (name: string): Promise<string> => hubPrint(name) ?? hashFile(path(name));
  const folderPrint = async (name: string): Promise<string> => hubPrint(name) ?? hashFolder(path(name));
  const basePrint = once(async () => [
    recipe.base === undefined ? '' : await folderPrint(recipe.base),
    recipe.adapter === undefined ? '' : await folderPrint(recipe.adapter),
  ]);
  const { chatTemplate } = recipe.template;
  const templatePrint = once(async () => (chatTemplate === undefined ? '' : hashFile(path(chatTemplate))));
  const planned: PlannedStage[] = [];
  for (const [id, stage] of Object.entries(recipe.stages)) {
    const inputs = stageInputs(stage);
    const settings = settingsOf(stage, recipe);
    const [filePrints, folderPrints] = await Promise.all([
      Promise.all(inputs.files.map(filePrint)),
      Promise.all(inputs.folders.map(folderPrint)),
    ]);
    const bases = inputs.models.includes('base') ? [recipe.base, recipe.adapter] : [];
    const basePrints = inputs.models.includes('base') ? await basePrint() : [];
    const fingerprint = hashValue([
      version,
      id,
      settings,
      [...filePrints, ...folderPrints],
      inputs.rows.map((name) => prints.get(name)),
      inputs.models.map((name) => (name === 'base' ? basePrints : prints.get(name))),
      inputs.models.length === 0 ? '' : await templatePrint(),
      await Promise.all(inputs.chats.map((name) => chatModelPrint(name, { recipe, resolve: path, env: {} }))),
    ]);
    prints.set(id, fingerprint);
    const out = layout === 'flat' ? runDir : join(runDir, id);
    const state = fresh ? 'new' : await readStageState(out, fingerprint);
    const named = [...inputs.files, ...inputs.folders, ...bases];
    const found = [...filePrints, ...folderPrints, ...basePrints];
    const inputPrints = Object.fromEntries(
      named.flatMap((name, index) => (name === undefined ? [] : [[name, found[index]!]])),
    );
    planned.push({ id, stage, out, fingerprint, state, settings, inputPrints });
  }
  return planned;
}

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => (made ??= make());
}
