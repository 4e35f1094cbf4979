import type { Recipe } from './recipe.ts';

/** Whether a model of the recipe (`base`, or a stage's) is its base with an adapter, and not a folder of its own. */
export function hasAdapter(name: string, { adapter, stages }: Pick<Recipe, 'adapter' | 'stages'>): boolean {
  if (name === 'base') return adapter !== undefined;
  const stage = stages[name];
  return stage?.kind === 'dpo' || (stage?.kind === 'sft' && stage.method !== 'full');
}
