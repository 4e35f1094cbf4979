import { BezoarError } from '@bezoar/core';
import { hasAdapter } from './has-adapter.ts';
import type { Recipe, SftStage } from './recipe.ts';

/** Refuses full fine-tuning of what cannot take it. Throws BezoarError BAD_CONFIG. */
export function checkMethod(
  { method, dtype, from }: SftStage,
  recipe: Pick<Recipe, 'adapter' | 'stages' | 'weights'>,
): void {
  if (method !== 'full') {
    if (dtype === undefined) return;
    throw new BezoarError('BAD_CONFIG', 'dtype is for method: full; an adapter is always float32.', {
      advice: 'Leave dtype out.',
    });
  }
  if (recipe.weights !== 'f32') {
    throw new BezoarError(
      'BAD_CONFIG',
      `method: full trains every weight, which needs f32 weights; these are ${recipe.weights}.`,
      { advice: 'Set weights: f32 (--weights f32), or train an adapter over them: method: lora.' },
    );
  }
  if (hasAdapter(from, recipe)) {
    throw new BezoarError('BAD_CONFIG', `method: full trains a model of its own; ${from} has an adapter.`, {
      advice: 'Merge it first, or go on with the adapter: method: lora.',
    });
  }
}
