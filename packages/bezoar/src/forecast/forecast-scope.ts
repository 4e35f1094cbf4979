import type { PromptTemplate } from '@bezoar/qlora';
import type { Recipe } from '../recipe/recipe.ts';
import type { BaseAtHand } from './base-at-hand.ts';
import type { RowsFacts } from './rows-at-hand.ts';

/** What the outlook of a stage may look at. */
export interface ForecastScope {
  readonly recipe: Recipe;
  /** Paths of rows: a file's, or those of a stage that is done. Undefined when they are not here. */
  files(reference: string): Promise<readonly string[] | undefined>;
  facts(files: readonly string[]): Promise<RowsFacts>;
  readonly base: BaseAtHand | undefined;
  readonly template: PromptTemplate | undefined;
}
