import { BezoarError } from '@bezoar/core';
import {
  arcTask,
  shortAnswerTask,
  taskProfiles,
  type BosMode,
  type Task,
  type TaskInput,
} from '@bezoar/eval';
import type { Tokenizer } from '@bezoar/model';
import type { PromptTemplate } from '@bezoar/qlora';
import { z } from 'zod';
import { builtInTask, openTaskSource, type templateTaskKinds } from '../recipe/resolve-tasks.ts';
import type { EvalStage, TaskChoice } from '../recipe/recipe.ts';
import { definite } from './definite.ts';
import { readRows } from './rows.ts';

type TemplateTask = (name: string, choice: TaskChoice, template: PromptTemplate) => Task;

const templateTasks: Readonly<Record<(typeof templateTaskKinds)[number], TemplateTask>> = {
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

function isTemplateTask(kind: string): kind is keyof typeof templateTasks {
  return Object.hasOwn(templateTasks, kind);
}

/** The task that a recipe or a flag names. Throws BezoarError BAD_CONFIG. */
function chooseTask(choice: TaskChoice, { template, profile }: LoadTaskOptions): Task {
  const { kind, source, maxNewTokens } = choice;
  if (isTemplateTask(kind)) return templateTasks[kind](choice.name ?? kind, choice, template);
  const task = source === undefined ? builtInTask(kind, { profile }) : openTaskSource(source);
  const { name = task.name } = choice;
  if (task.kind !== 'generate_until') return { ...task, name };
  return { ...task, name, maxTokens: maxNewTokens ?? task.maxTokens };
}

export interface LoadTaskOptions {
  readonly template: PromptTemplate;
  readonly profile?: EvalStage['profile'];
  /** Absolute paths of the rows that the recipe names. */
  readonly files: (reference: string) => readonly string[];
}

/** A task with its rows, each of them checked. Throws BezoarError BAD_CONFIG, NOT_FOUND, BAD_INPUT or EMPTY_DATASET. */
export async function loadTask(choice: TaskChoice, options: LoadTaskOptions): Promise<TaskInput> {
  const { files } = options;
  if (choice.docs === undefined) throw new BezoarError('BAD_CONFIG', `Task ${choice.kind} names no rows.`);
  const task = chooseTask(choice, options);
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
 * Whether BOS stands before a prompt: as the stage says, or the profile that it names; else as in training when every task uses the training template and the
 * tokenizer has BOS, and as the tokenizer says, like LM-Eval-Harness, otherwise. A chat template writes its own.
 */
export function chooseBos(
  { bos, profile, tasks }: Pick<EvalStage, 'bos' | 'profile' | 'tasks'>,
  { tokenizer, template }: { readonly tokenizer: Tokenizer; readonly template: PromptTemplate },
): BosMode {
  if (bos === undefined && profile !== undefined) return taskProfiles[profile].bos;
  const asInTraining = tasks.every(({ kind }) => isTemplateTask(kind));
  const always = asInTraining && template.encoding.addBos && tokenizer.bosId !== undefined;
  return bos ?? (always ? 'always' : 'tokenizer');
}
