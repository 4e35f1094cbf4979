import type { TcpGroup } from '@bezoar/distributed';
import type { PromptTemplate } from '@bezoar/qlora';
import { join } from 'node:path';
import { isFile } from '../recipe/check-references.ts';
import { hasAdapter } from '../recipe/has-adapter.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { rowsFileName } from '../stages/rows.ts';
import type { ModelFolders, StageContext } from '../stages/stage-context.ts';
import { hubName } from './open-run-inputs.ts';
import type { PlannedStage } from './plan-run.ts';
import type { RunInputs } from './run-inputs.ts';
import type { RunResources } from './run-resources.ts';

/** What all stages of a run have in common. */
export interface StageContextOptions {
  readonly recipe: Recipe;
  readonly inputs: RunInputs;
  readonly plan: readonly PlannedStage[];
  readonly resources: Pick<RunResources, 'backend' | 'costs'>;
  readonly template: () => Promise<PromptTemplate>;
  readonly signal: AbortSignal;
  readonly group: TcpGroup | undefined;
  readonly now: () => Date;
}

export function createStageContext(
  { id, out }: Pick<PlannedStage, 'id' | 'out'>,
  options: StageContextOptions & Pick<StageContext, 'chat' | 'completions' | 'answers'>,
): StageContext {
  const { recipe, inputs, plan, resources, template, signal, group, chat, completions, answers, now } =
    options;
  return {
    id,
    recipe,
    out,
    signal,
    group,
    path: inputs.path,
    files: inputs.files,
    hubSource: inputs.hubSource,
    rowsFiles: (name) => (isFile(name) ? inputs.files(name) : [join(folderOf(plan, name), rowsFileName)]),
    model: (name) => modelFolders(name, { recipe, inputs, plan }),
    chat,
    completions,
    costs: (stages) => resources.costs(stages),
    template,
    backend: (memory) => resources.backend(memory),
    answers,
    now,
  };
}

/** Where a model lies: a merge is a folder of its own, an adapter stands on what its stage started from. */
function modelFolders(
  name: string,
  { recipe, inputs, plan }: Pick<StageContextOptions, 'recipe' | 'inputs' | 'plan'>,
): ModelFolders {
  if (name === 'base') {
    return {
      folder: inputs.path(recipe.base!),
      hubName: hubName(recipe.base!),
      ...(recipe.adapter === undefined ? {} : { adapter: inputs.path(recipe.adapter) }),
    };
  }
  const { stage, out } = plan.find(({ id }) => id === name)!;
  if (!hasAdapter(name, recipe)) return { folder: out };
  const { from } = stage as { readonly from: string };
  return { ...modelFolders(from, { recipe, inputs, plan }), adapter: out };
}

function folderOf(plan: readonly PlannedStage[], id: string): string {
  return plan.find((planned) => planned.id === id)!.out;
}
