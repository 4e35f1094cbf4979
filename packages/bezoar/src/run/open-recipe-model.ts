import { BezoarError } from '@bezoar/core';
import type { ChatModel } from '@bezoar/llm';
import type { Recipe } from '../recipe/recipe.ts';
import { suggestName } from '../recipe/suggest-name.ts';
import { openModel } from './chat-models.ts';

export interface OpenRecipeModelOptions {
  readonly recipe: Pick<Recipe, 'models' | 'baseURL'>;
  /** Absolute path of a file that the recipe names; see `loadRecipe`. */
  readonly resolve: (path: string) => string;
  /** Where keys are looked up. None by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * The chat model that a recipe calls `name`, for calls of one's own: without the ledger, limits and budget that a run puts around it.
 * Throws BezoarError BAD_CONFIG (no such model, a script without a function), NOT_FOUND (no such script) or PROVIDER_AUTH (no key).
 */
export async function openRecipeModel(
  name: string,
  { recipe, resolve, env = {} }: OpenRecipeModelOptions,
): Promise<ChatModel> {
  const choice = recipe.models[name];
  if (choice === undefined) {
    throw new BezoarError('BAD_CONFIG', `The recipe has no chat model ${name}.`, {
      advice: suggestName(name, Object.keys(recipe.models)),
    });
  }
  return openModel(choice, { recipe, resolve, env });
}
