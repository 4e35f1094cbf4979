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
  /** On a GPU: whether there is memory to keep decoded weights. */
  readonly keepDecoded: boolean;
  /** What to change where it does not fit; undefined when nothing known is enough. */
  readonly advice: string | undefined;
}

/** Plans a training stage, and finds the first change that makes it fit. */
export async function planStage(options: PlanStageOptions): Promise<StagePlan> {
  const { recipe, free, stage } = options;
  const { backend, weights } = recipe;
  const { decodedWeights = 'auto' } = backend;
  const mayKeep = backend.kind === 'cuda' && backend.precision !== 'f32' && weights.startsWith('nf4');
  const attempt = async (keepDecoded: boolean): Promise<Omit<StagePlan, 'advice'>> => {
    const memory = await stageMemory({ ...options, keepDecoded });
    const need = memoryNeed(memory, backend);
    return { memory, need, free, keepDecoded, fits: free === undefined || need <= free.bytes };
  };
  if (mayKeep && (decodedWeights === 'keep' || (decodedWeights === 'auto' && free !== undefined))) {
    const keeping = await attempt(true);
    if (keeping.fits) return { ...keeping, advice: undefined };
  }
  const plan = await attempt(false);
  if (plan.fits || free === undefined) return { ...plan, advice: undefined };
  for (const change of memoryChanges(stage, recipe)) {
    // Known lengths do not know of another maxLength.
    const { lengths: _, ...rest } = options;
    const changed = { ...rest, stage: change.stage, recipe: { ...recipe, weights: change.weights } };
    const less = await stageMemory(changed);
    if (memoryNeed(less, recipe.backend) <= free.bytes) return { ...plan, advice: change.advice };
  }
  return { ...plan, advice: undefined };
}
