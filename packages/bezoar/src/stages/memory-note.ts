import { BezoarError, type RunEvent } from '@bezoar/core';
import { readAdapterFolder } from '@bezoar/formats';
import { openFolder } from '@bezoar/formats/node';
import { freeMemory } from '../plan/free-memory.ts';
import { openDryRun } from '../plan/open-dry-run.ts';
import { planStage } from '../plan/plan-stage.ts';
import { bytesText, kindsText } from '../plan/plan-text.ts';
import type { DpoStage, SftStage } from '../recipe/recipe.ts';
import type { BackendPlan, ModelFolders, StageContext } from './stage-context.ts';

export interface MemoryNoteOptions {
  readonly stage: SftStage | DpoStage;
  readonly context: Pick<StageContext, 'id' | 'recipe'>;
  /** Of the model that learns. */
  readonly base: ModelFolders;
  /** Tokens of the examples. */
  readonly lengths?: readonly number[];
}

/**
 * Says what a training will take before anything is loaded: a warning where the machine does not have it. A GPU has no more than it has:
 * throws BezoarError OUT_OF_MEMORY there, unless the recipe goes on nevertheless.
 */
export async function* memoryNote(
  options: MemoryNoteOptions,
): AsyncGenerator<RunEvent, BackendPlan | undefined> {
  const { stage, context, base, lengths } = options;
  const { id, recipe } = context;
  if (recipe.backend.kind === 'reference') return undefined;
  const plan = await planStage({
    stage,
    recipe,
    folder: openFolder(base.folder),
    adapter:
      base.adapter === undefined ? undefined : (await readAdapterFolder(openFolder(base.adapter))).config,
    open: await openDryRun(recipe.backend),
    free: await freeMemory(recipe.backend),
    ...(lengths === undefined ? {} : { lengths }),
  });
  const { memory, need, free, fits, keepDecoded, advice } = plan;
  const message = `memory: ${bytesText(need)} at the most (${kindsText(memory)})`;
  if (fits || free === undefined) {
    yield { type: 'note', stage: id, message };
    return { arena: free === undefined ? undefined : memory.held, keepDecoded };
  }
  const lack = `${message}; ${free.where} has ${bytesText(free.bytes)} free`;
  if (recipe.backend.kind === 'cuda' && recipe.backend.ignoreMemory !== true) {
    throw new BezoarError('OUT_OF_MEMORY', `${id}: ${lack}.`, {
      advice: `It would fit: ${advice ?? 'on a GPU with more memory'}. To try nevertheless: --ignore-memory, or backend.ignoreMemory in the recipe.`,
      data: { need, free: free.bytes, kinds: memory.kinds },
    });
  }
  const hint = advice === undefined ? '' : `; it would fit: ${advice}`;
  yield { type: 'warning', stage: id, message: `${lack}${hint}` };
  return { arena: undefined, keepDecoded };
}
