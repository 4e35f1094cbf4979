import { BezoarError } from '@bezoar/core';
import {
  arcTask,
  builtInTasks,
  shortAnswerTask,
  type BosMode,
  type Task,
  type TaskInput,
} from '@bezoar/eval';
import type { Tokenizer } from '@bezoar/model';
import type { PromptTemplate } from '@bezoar/qlora';
import { z } from 'zod';
import { suggestName } from '../recipe/suggest-name.ts';
import type { EvalStage, TaskChoice } from '../recipe/recipe.ts';
import { definite } from './definite.ts';
import { readRows } from './rows.ts';

type TemplateTask = (name: string, choice: TaskChoice, template: PromptTemplate) => Task;

/** Tasks that ask in the training template, over rows of the reader's own. */
const templateTasks: Readonly<Record<string, TemplateTask>> = {
  /** Rows {question, answer}: the model writes. */
  generation: (name, { maxNewTokens }, template) =>
    shortAnswerTask({
      name,
      prompt: (question) => template.renderPrompt({ instruction: question }),
      until: template.stops,
      rendered: template.encoding.rendered,
      ...definite({ maxTokens: maxNewTokens }),
    }),
  /** Rows in ARC's schema: the likeliest answer counts. */
  'multiple-choice': (name, _, template) =>
    arcTask({
      name,
      prompt: (question) => template.renderPrompt({ instruction: question }),
      rendered: template.encoding.rendered,
    }),
};

/** The task that a recipe or a flag names. Throws BezoarError BAD_CONFIG. */
function chooseTask(choice: TaskChoice, template: PromptTemplate): Task {
  const { kind, name = kind, maxNewTokens } = choice;
  const own = Object.hasOwn(templateTasks, kind) ? templateTasks[kind] : undefined;
  if (own !== undefined) return own(name, choice, template);
  const task = Object.hasOwn(builtInTasks, kind) ? builtInTasks[kind] : undefined;
  if (task === undefined) {
    throw new BezoarError('BAD_CONFIG', `There is no task ${kind}.`, {
      advice: suggestName(kind, [...Object.keys(templateTasks), ...Object.keys(builtInTasks)]),
    });
  }
  if (task.kind !== 'generate_until') return { ...task, name };
  return { ...task, name, maxTokens: maxNewTokens ?? task.maxTokens };
}

export interface LoadTaskOptions {
  readonly template: PromptTemplate;
  /** Absolute paths of the rows that the recipe names. */
  readonly files: (reference: string) => readonly string[];
}

/** A task with its rows, each of them checked. Throws BezoarError BAD_CONFIG, NOT_FOUND, BAD_INPUT or EMPTY_DATASET. */
export async function loadTask(choice: TaskChoice, { template, files }: LoadTaskOptions): Promise<TaskInput> {
  const task = chooseTask(choice, template);
  const read = async (path: string): Promise<unknown[]> => {
    const rows = await readRows(files(path), z.unknown());
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
 * Whether BOS stands before a prompt: as the stage says; else as in training when every task uses the training template and the
 * tokenizer has BOS, and as the tokenizer says, like LM-Eval-Harness, otherwise. A chat template writes its own.
 */
export function chooseBos(
  { bos, tasks }: Pick<EvalStage, 'bos' | 'tasks'>,
  { tokenizer, template }: { readonly tokenizer: Tokenizer; readonly template: PromptTemplate },
): BosMode {
  const asInTraining = tasks.every(({ kind }) => Object.hasOwn(templateTasks, kind));
  const always = asInTraining && template.encoding.addBos && tokenizer.bosId !== undefined;
  return bos ?? (always ? 'always' : 'tokenizer');
}
