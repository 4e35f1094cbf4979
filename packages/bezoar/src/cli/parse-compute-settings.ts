import { parseOrThrow } from '@bezoar/core';
import type { Recipe } from '../recipe/recipe.ts';
import { recipeSchema } from '../recipe/schema.ts';

/** Checks the flags of `computeArgs` and `templateArgs` by the recipe's own rules. Throws BezoarError BAD_CONFIG. */
export function parseComputeSettings(
  command: string,
  settings: Readonly<Record<string, unknown>>,
): Pick<Recipe, 'weights' | 'backend' | 'seed' | 'template'> {
  return parseOrThrow(
    recipeSchema,
    { name: command, ...settings, stages: { none: { kind: 'merge', from: 'base' } } },
    { what: `bezoar ${command}`, advice: `See bezoar ${command} --help.` },
  );
}
