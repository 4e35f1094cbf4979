import { BezoarError } from '@bezoar/core';
import type { GroupPlace } from '@bezoar/distributed';
import { availableParallelism } from 'node:os';
import type { Recipe } from '../recipe/recipe.ts';

/**
 * The recipe with the part of the machine that is this process's: the GPU of its local rank, or an equal share of the processor's threads,
 * unless the recipe names them. Throws BezoarError BAD_CONFIG when nobody says which GPU.
 */
export function placeBackend(recipe: Recipe, place: GroupPlace | undefined): Recipe {
  if (place === undefined) return recipe;
  const { backend } = recipe;
  const { localRank, localSize } = place;
  if (backend.kind === 'cuda') {
    const device = backend.device ?? localRank;
    if (device === undefined) {
      throw new BezoarError(
        'BAD_CONFIG',
        'LOCAL_RANK of the environment is missing: it says which GPU is whose.',
        {
          advice: 'Set it, or name the GPU (--device) where every process sees one of its own.',
        },
      );
    }
    return { ...recipe, backend: { ...backend, device } };
  }
  if (backend.kind !== 'cpu') return recipe;
  const threads = backend.threads ?? Math.max(1, Math.floor(availableParallelism() / localSize));
  return { ...recipe, backend: { ...backend, threads } };
}
