import { BezoarError } from '@bezoar/core';
import {
  builtInGroups,
  parseLmEvalTask,
  taskProfiles,
  tasksOfGroup,
  type Task,
  type TaskDataset,
} from '@bezoar/eval';
import { formatHubReference } from '@bezoar/hub';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { EvalStage, Recipe, Stage, TaskChoice, TaskSource } from './recipe.ts';
import { suggestName } from './suggest-name.ts';

/** Tasks that ask in the training template, over rows of the reader's own. */
export const templateTaskKinds = ['generation', 'multiple-choice'] as const;

/**
 * The recipe with every task of its eval stages named one by one, with its rows: groups become their tasks, task files are read, rows
 * that nobody names are those of the task's data set on the Hub, and `{task}`, `{config}` and `{split}` in a name of rows stand for what the
 * data set calls them. Throws BezoarError BAD_CONFIG, NOT_FOUND, or what a task file is refused for.
 */
export function resolveTasks(recipe: Recipe, resolve: (path: string) => string): Recipe {
  const stages = Object.entries(recipe.stages).map(([id, stage]): [string, Stage] => {
    if (stage.kind !== 'eval') return [id, stage];
    const tasks = stage.tasks.flatMap((choice) => resolveTask(choice, { stage, resolve }));
    return [id, { ...stage, tasks }];
  });
  return { ...recipe, stages: Object.fromEntries(stages) };
}

interface Scope {
  readonly stage: EvalStage;
  readonly resolve: (path: string) => string;
}

function resolveTask(choice: TaskChoice, { stage, resolve }: Scope): TaskChoice[] {
  const { kind } = choice;
  if (templateTaskKinds.some((name) => name === kind)) {
    if (choice.docs !== undefined) return [choice];
    throw new BezoarError('BAD_CONFIG', `Task ${kind} names no rows.`, { advice: 'Name them: docs.' });
  }
  if (/\.ya?ml$/.test(kind)) {
    const source = choice.source ?? readSource(kind, resolve);
    return [withRows({ ...choice, source }, openTaskSource(source))];
  }
  const group = builtInGroups.find(({ name }) => name === kind);
  const names = group === undefined ? [kind] : tasksOfGroup(group, builtInGroups);
  if (names.length > 1 && choice.docs !== undefined && !choice.docs.includes('{')) {
    throw new BezoarError(
      'BAD_CONFIG',
      `${kind} is ${names.length} tasks, and ${choice.docs} the rows of one.`,
      {
        advice: 'Write rows/{task}-{split}.jsonl, with {task}, {config} or {split} where they differ.',
      },
    );
  }
  return names.map((name) => withRows({ ...choice, kind: name }, builtInTask(name, stage)));
}

/** Throws BezoarError BAD_CONFIG. */
export function builtInTask(name: string, { profile = 'latest' }: Pick<EvalStage, 'profile'>): Task {
  const { tasks } = taskProfiles[profile];
  const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined;
  if (task !== undefined) return task;
  const known = [...templateTaskKinds, ...Object.keys(tasks), ...builtInGroups.map((group) => group.name)];
  throw new BezoarError(
    'BAD_CONFIG',
    `There is no task ${name}${profile === 'latest' ? '' : ` in ${profile}`}.`,
    {
      advice: suggestName(name, known),
    },
  );
}

/** A task file, read before. */
export function openTaskSource({ file, text, included }: TaskSource): Task {
  return parseLmEvalTask(text, { file, include: (name) => included[name] ?? '' });
}

function readSource(file: string, resolve: (path: string) => string): TaskSource {
  const path = resolve(file);
  const text = readText(path, file);
  const included: Record<string, string> = {};
  parseLmEvalTask(text, {
    file,
    include: (name) => (included[name] ??= readText(join(dirname(path), name), name)),
  });
  return { file, text, included };
}

function readText(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new BezoarError('NOT_FOUND', `There is no task file ${name}.`, {
      advice: 'Check the path.',
      cause,
    });
  }
}

function withRows(choice: TaskChoice, task: Task): TaskChoice {
  const { dataset } = task;
  const name = choice.name ?? task.name;
  const fill = (reference: string, split: string | undefined): string =>
    reference
      .replaceAll('{task}', task.name)
      .replaceAll('{config}', dataset?.config ?? 'default')
      .replaceAll('{split}', split ?? 'train');
  const docs = choice.docs === undefined ? ownRows(task, dataset?.split) : fill(choice.docs, dataset?.split);
  const shots = task.fewshot.locked ? task.fewshot.count : (choice.numFewshot ?? task.fewshot.count);
  const needsRows = shots > 0 && task.fewshot.examples === undefined;
  const split = dataset?.fewshotSplit ?? dataset?.split;
  const fewshotDocs =
    choice.fewshotDocs !== undefined
      ? fill(choice.fewshotDocs, split)
      : needsRows && choice.docs === undefined
        ? ownRows(task, split)
        : undefined;
  return { ...choice, name, docs, ...(fewshotDocs === undefined ? {} : { fewshotDocs }) };
}

/** The rows of a task's own data set: a file, or a split on the Hub. */
function ownRows({ name, dataset }: Task, split: string | undefined): string {
  if (dataset === undefined || split === undefined) {
    throw new BezoarError('BAD_CONFIG', `Task ${name} names no rows.`, { advice: 'Name them: docs.' });
  }
  return dataset.files?.[split] ?? hubReference(dataset, split);
}

function hubReference({ path, config }: TaskDataset, split: string): string {
  return formatHubReference({ name: path, split, ...(config === undefined ? {} : { config }) });
}
