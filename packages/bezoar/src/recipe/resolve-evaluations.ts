import { isFile } from './check-references.ts';
import type { EvalStage, Recipe, Stage } from './recipe.ts';

/** The recipe with every eval stage that a clean stage names in `against` replaced by the files that it evaluates on. */
export function resolveEvaluations(recipe: Recipe): Recipe {
  const filesOf = (reference: string): readonly string[] => {
    const stage = isFile(reference) ? undefined : recipe.stages[reference];
    return stage?.kind === 'eval' ? evaluationFiles(stage) : [reference];
  };
  const resolve = (stage: Stage): Stage =>
    stage.kind === 'clean' && stage.against !== undefined
      ? { ...stage, against: [...new Set(stage.against.flatMap(filesOf))] }
      : stage;
  const stages = Object.entries(recipe.stages).map(([id, stage]) => [id, resolve(stage)] as const);
  return { ...recipe, stages: Object.fromEntries(stages) };
}

function evaluationFiles({ tasks, preferences }: EvalStage): string[] {
  return [...tasks.map(({ docs }) => docs), preferences].filter((file) => file !== undefined);
}
