import type { Recipe } from '../../recipe/recipe.ts';
import type { ReleaseEntry } from './release-entry.ts';

/** A run, and all that its recipe publishes of it. */
export interface Release {
  readonly recipe: Recipe;
  readonly runDir: string;
  /** In the order of publishing: whatever a card links to comes before it, but for rows, whose cards name the models made of them. */
  readonly entries: readonly ReleaseEntry[];
  /** The base model's name on the Hub. */
  readonly base: string | undefined;
}
