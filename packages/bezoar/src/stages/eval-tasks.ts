import { BezoarError } from '@bezoar/core';
import type { TaskChoice } from '../recipe/recipe.ts';

/** Checks a task's name and its documents. Throws BezoarError BAD_CONFIG, BAD_INPUT, NOT_FOUND or EMPTY_DATASET. */
export function checkTask({ kind }: TaskChoice, _resolve: (path: string) => string): Promise<void> {
  return Promise.reject(new BezoarError('UNSUPPORTED', `Task ${kind} is not there yet.`));
}
