import { readAdapterFolder, type FolderSource } from '@bezoar/formats';
import type { LoraConfig } from '@bezoar/model';
import { hasAdapter } from '../recipe/has-adapter.ts';
import type { Recipe } from '../recipe/recipe.ts';

/**
 * The settings of the adapter that a training from there goes on with, where it was there before the recipe; those that its stages make
 * have the recipe's own.
 */
export async function adapterConfig(
  from: string,
  recipe: Pick<Recipe, 'adapter' | 'stages'>,
  open: (reference: string) => Promise<FolderSource>,
): Promise<LoraConfig | undefined> {
  if (recipe.adapter === undefined || !hasAdapter(from, recipe)) return undefined;
  return (await readAdapterFolder(await open(recipe.adapter))).config;
}
