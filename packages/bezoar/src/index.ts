export { loadRecipe, type LoadedRecipe } from './recipe/load-recipe.ts';
export { parseRecipe } from './recipe/parse-recipe.ts';
export type { Expectation, Recipe, Stage, StageOf, TaskChoice, TrainingSettings } from './recipe/recipe.ts';
export { renderReport } from './report/render-report.ts';
export { openRecipeModel, type OpenRecipeModelOptions } from './run/open-recipe-model.ts';
export { runRecipe, type RunRecipeOptions } from './run/run-recipe.ts';
export {
  requireExpectations,
  type ExpectationResult,
  type RunSummary,
  type StageSummary,
} from './run/run-summary.ts';
