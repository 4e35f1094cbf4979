import { isFile } from '../recipe/check-references.ts';
import type { Stage } from '../recipe/recipe.ts';

/** Everything outside of its settings that decides what a stage makes, as the recipe names it. */
export interface StageInputs {
  readonly files: readonly string[];
  /** Of models and adapters. */
  readonly folders: readonly string[];
  /** Stages whose rows it reads. */
  readonly rows: readonly string[];
  /** `base`, or stages whose model it reads. */
  readonly models: readonly string[];
  /** Chat models. */
  readonly chats: readonly string[];
}

export function stageInputs(stage: Stage): StageInputs {
  const none: StageInputs = { files: [], folders: [], rows: [], models: [], chats: [] };
  switch (stage.kind) {
    case 'lamini':
      return { ...none, files: given(stage.seeds, stage.topics), chats: [stage.model] };
    case 'orca':
      return { ...none, files: [stage.rows], chats: [stage.model] };
    case 'evol':
      return { ...none, files: [stage.seeds], chats: given(stage.model, stage.judge) };
    case 'clean': {
      const { files, rows } = rowsOrFile(stage.rows);
      return { ...none, files: [...files, ...(stage.against ?? [])], rows };
    }
    case 'filter':
      return { ...none, ...rowsOrFile(stage.rows), chats: stage.judges };
    case 'sft':
      return {
        ...none,
        ...(stage.rows === undefined ? { files: given(stage.preferences) } : rowsOrFile(stage.rows)),
        models: [stage.from],
      };
    case 'dpo': {
      const { preferences, from, reference } = stage;
      const apart = reference !== undefined && isFile(reference);
      return {
        ...none,
        files: [preferences],
        folders: apart ? [reference] : [],
        models: apart ? [from] : given(from, reference),
      };
    }
    case 'merge':
      return { ...none, ...(stage.rows === undefined ? {} : rowsOrFile(stage.rows)), models: [stage.from] };
    case 'export':
      return { ...none, files: given(stage.chatTemplate), models: [stage.from] };
    case 'mt-bench': {
      const { questions, answers = [], judgments, prompts, references, humanVotes, judge } = stage;
      return {
        ...none,
        files: given(questions, ...answers, judgments, prompts, references, humanVotes),
        models: stage.models ?? [],
        chats: given(...(stage.served ?? []), judge),
      };
    }
    case 'eval':
      return {
        ...none,
        files: given(
          stage.preferences,
          ...stage.tasks.flatMap(({ docs, fewshotDocs }) => [docs, fewshotDocs]),
        ),
        models: stage.models,
        chats: stage.served ?? [],
      };
  }
}

function rowsOrFile(reference: string): Pick<StageInputs, 'files' | 'rows'> {
  return isFile(reference) ? { files: [reference], rows: [] } : { files: [], rows: [reference] };
}

function given(...names: readonly (string | undefined)[]): string[] {
  return names.filter((name) => name !== undefined);
}
