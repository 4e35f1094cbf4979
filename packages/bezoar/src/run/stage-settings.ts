import type { Recipe, Stage } from '../recipe/recipe.ts';

/** A stage, and what of the rest of its recipe decides what it makes. */
export interface StageSettings extends Partial<
  Pick<Recipe, 'seed' | 'weights' | 'template' | 'lora' | 'training'>
> {
  readonly stage: Stage;
}

/** The part of the recipe that decides a stage's result: without how many calls fly at once, and on what it computes. */
export function settingsOf(stage: Stage, recipe: Recipe): StageSettings {
  const { seed, weights, template, lora, training } = recipe;
  switch (stage.kind) {
    case 'sft':
    case 'dpo':
      return { stage, seed, weights, template, lora, training };
    case 'merge':
      return stage.rows === undefined ? { stage, weights } : { stage, weights, template };
    case 'export':
      return { stage, weights };
    case 'eval':
      return { stage: { ...stage, concurrency: undefined }, seed, weights, template };
    case 'mt-bench':
      return {
        stage: { ...stage, concurrency: undefined },
        seed,
        ...(stage.models === undefined ? {} : { weights, template }),
      };
    default:
      return { stage: { ...stage, concurrency: undefined } as Stage, seed };
  }
}
