import { BezoarError } from '@bezoar/core';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { checkReferences } from './check-references.ts';
import { parseRecipe } from './parse-recipe.ts';
import type { Recipe } from './recipe.ts';
import { resolveEvaluations } from './resolve-evaluations.ts';
import { resolveTasks } from './resolve-tasks.ts';

export interface LoadedRecipe {
  readonly recipe: Recipe;
  /** Absolute path of the file. */
  readonly file: string;
  /** Absolute path of a file or folder that the recipe names. */
  readonly resolve: (path: string) => string;
}

/** Reads and checks a recipe file. Throws BezoarError NOT_FOUND or BAD_CONFIG. */
export async function loadRecipe(path: string): Promise<LoadedRecipe> {
  const file = resolve(path);
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new BezoarError('NOT_FOUND', `There is no recipe ${path}.`, { advice: 'Check the path.', cause });
  });
  const resolveInput = (name: string): string => resolve(dirname(file), name);
  const recipe = resolveTasks(parseRecipe(text, path), resolveInput);
  checkReferences(recipe);
  return { recipe: resolveEvaluations(recipe), file, resolve: resolveInput };
}
