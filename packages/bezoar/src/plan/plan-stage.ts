import type { MemoryPlan } from '@bezoar/qlora';
import { memoryChanges } from './memory-advice.ts';
import { memoryNeed } from './memory-need.ts';
import { stageMemory, type StageMemoryOptions } from './stage-memory.ts';
import type { FreeMemory } from './free-memory.ts';
import type { Recipe } from '../recipe/recipe.ts';

export interface PlanStageOptions extends StageMemoryOptions {
  readonly recipe: StageMemoryOptions['recipe'] & Pick<Recipe, 'backend'>;
  /** Undefined where nobody knows it. */
  readonly free: FreeMemory | undefined;
}

/** The answer to "will it fit?". */
export interface StagePlan {
  readonly memory: MemoryPlan;
  /** Bytes that have to be free. */
  readonly need: number;
  readonly free: FreeMemory | undefined;
  readonly fits: boolean;
  /** What to change where it does not fit; undefined when nothing known is enough. */
  readonly advice: string | undefined;
}

/** Plans a training stage, and finds the first change that makes it fit. */
export async function planStage(options: PlanStageOptions): Promise<StagePlan> {
  const { recipe, free, stage } = options;
  const memory = await stageMemory(options);
  const need = memoryNeed(memory, recipe.backend);
  if (free === undefined || need <= free.bytes) return { memory, need, free, fits: true, advice: undefined };
  for (const change of memoryChanges(stage, recipe)) {
    // Known lengths do not know of another maxLength.
    const { lengths: _, ...rest } = options;
    const changed = { ...rest, stage: change.stage, recipe: { ...recipe, weights: change.weights } };
    const less = await stageMemory(changed);
    if (memoryNeed(less, recipe.backend) <= free.bytes)
      return { memory, need, free, fits: false, advice: change.advice };
  }
  return { memory, need, free, fits: false, advice: undefined };
}
