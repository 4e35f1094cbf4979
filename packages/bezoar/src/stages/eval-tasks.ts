import { BezoarError } from '@bezoar/core';
import {
  arcTask,
  builtInTasks,
  shortAnswerTask,
  type BosMode,
  type Task,
  type TaskInput,
} from '@bezoar/eval';
import { readJsonlFile } from '@bezoar/formats/node';
import { renderPrompt } from '@bezoar/qlora';
import { z } from 'zod';
import { suggestName } from '../recipe/suggest-name.ts';
import type { EvalStage, Recipe, TaskChoice } from '../recipe/recipe.ts';
import { definite } from './definite.ts';

type Template = Recipe['template'];
type TemplateTask = (name: string, choice: TaskChoice, template: Template) => Task;

/** Tasks that ask in the training template, over rows of the reader's own. */
const templateTasks: Readonly<Record<string, TemplateTask>> = {
  /** Rows {question, answer}: the model writes. */
  generation: (name, { maxNewTokens }, { system }) =>
    shortAnswerTask({
      name,
      prompt: (question) => renderPrompt({ instruction: question, system }),
      ...definite({ maxTokens: maxNewTokens }),
    }),
  /** Rows in ARC's schema: the likeliest answer counts. */
  'multiple-choice': (name, _, { system }) =>
    arcTask({ name, prompt: (question) => renderPrompt({ instruction: question, system }) }),
};

/** The task that a recipe or a flag names. Throws BezoarError BAD_CONFIG. */
function chooseTask(choice: TaskChoice, template: Template): Task {
  const { kind, name = kind, maxNewTokens } = choice;
  const own = Object.hasOwn(templateTasks, kind) ? templateTasks[kind] : undefined;
  if (own !== undefined) return own(name, choice, template);
  const task = Object.hasOwn(builtInTasks, kind) ? builtInTasks[kind] : undefined;
  if (task === undefined) {
    throw new BezoarError('BAD_CONFIG', `There is no task ${kind}.`, {
      advice: suggestName(kind, [...Object.keys(templateTasks), ...Object.keys(builtInTasks)]),
    });
  }
  if (task.kind === 'multiple_choice') return { ...task, name };
  return { ...task, name, maxTokens: maxNewTokens ?? task.maxTokens };
}

export interface LoadTaskOptions {
  readonly template: Template;
  readonly resolve: (path: string) => string;
}

/** A task with its rows, each of them checked. Throws BezoarError BAD_CONFIG, NOT_FOUND, BAD_INPUT or EMPTY_DATASET. */
export async function loadTask(
  choice: TaskChoice,
  { template, resolve }: LoadTaskOptions,
): Promise<TaskInput> {
  const task = chooseTask(choice, template);
  const read = async (path: string): Promise<unknown[]> => {
    const rows = await readJsonlFile(resolve(path), z.unknown());
    rows.forEach((row, index) => task.prepare(row, `Row ${index + 1} of ${path}`));
    return rows;
  };
  return {
    task,
    docs: await read(choice.docs),
    ...(choice.fewshotDocs === undefined ? {} : { fewshotDocs: await read(choice.fewshotDocs) }),
    ...definite({ numFewshot: choice.numFewshot }),
  };
}

/**
 * Whether BOS stands before a prompt: as the stage says; else as in training when every task uses the training template, and
 * as the tokenizer says, like LM-Eval-Harness, otherwise.
 */
export function chooseBos({ bos, tasks }: Pick<EvalStage, 'bos' | 'tasks'>): BosMode {
  return bos ?? (tasks.every(({ kind }) => Object.hasOwn(templateTasks, kind)) ? 'always' : 'tokenizer');
}
