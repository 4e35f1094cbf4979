import { BezoarError } from '@bezoar/core';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { readFinishedStage } from '../../run/stage-folder.ts';
import type { StageRecord } from '../stage-record.ts';
import { modelIndexName, readModelIndex } from './read-model-index.ts';
import { readMtBench } from './read-mt-bench.ts';
import { readPreferences } from './read-preferences.ts';
import type { ScoredTask } from './scored-task.ts';

/** A model of the run, by the name of its stage, and what evaluations have found of it. */
export interface EvaluatedModel {
  readonly name: string;
  readonly tasks: readonly ScoredTask[];
}

/** What evaluations have found of a model, and of those that it came from. */
export interface Evaluations {
  /** Of the model itself. */
  readonly own: readonly ScoredTask[];
  /** Models that were measured alike: the base first, then those on the way, the last one is the model, or what stands for it. */
  readonly models: readonly EvaluatedModel[];
  /** The stage whose model stands for this one, which was not measured itself. */
  readonly standIn: string | undefined;
}

export interface ReadEvaluationsOptions {
  /** The stages that the model came through, its own last; empty for a model that no stage made. */
  readonly lineage: readonly StageRecord[];
  /** The stage that has this adapter folded in. */
  readonly merged: string | undefined;
  /** Folders of evaluations beside those of the run. */
  readonly folders: readonly string[];
}

/**
 * Reads the evaluations of a run that name the model's stage or those before it, and those in the folders that are given. Throws
 * BezoarError NOT_FOUND for a given folder that has none, BAD_FILE for one that cannot be read.
 */
export async function readEvaluations(options: ReadEvaluationsOptions): Promise<Evaluations> {
  const { lineage, merged, folders } = options;
  const record = lineage.at(-1);
  const given = (await Promise.all(folders.map((folder) => givenEvaluation(folder, record)))).flat();
  if (record === undefined)
    return { own: given, models: given.length === 0 ? [] : [model('this model', given)], standIn: undefined };
  // The neighbours of a command's only stage are other runs.
  const isAlone = existsSync(join(record.folder, 'events.jsonl'));
  const found = isAlone ? [] : await evaluationsIn(dirname(record.folder));
  const of = (name: string): ScoredTask[] => found.flatMap((evaluation) => evaluation.get(name) ?? []);
  const own = uniqueTasks([...of(record.id), ...given]);
  const twin = merged ?? exportedFrom(record);
  const standIn = own.length === 0 && twin !== undefined && of(twin).length > 0 ? twin : undefined;
  const before = ['base', ...lineage.slice(0, -1).map(({ id }) => id)].filter((id) => id !== standIn);
  const last = standIn === undefined ? model(record.id, own) : model(standIn, of(standIn));
  if (last.tasks.length === 0) return { own, models: [], standIn };
  const earlier = before.map((name) => model(name, of(name))).filter(({ tasks }) => tasks.length > 0);
  return { own, models: [...earlier, last], standIn };
}

/** The stage whose weights an export has in another form. */
function exportedFrom({ kind, settings }: StageRecord): string | undefined {
  if (kind !== 'export') return undefined;
  return z.object({ from: z.string() }).safeParse(settings?.['stage']).data?.from;
}

function model(name: string, tasks: readonly ScoredTask[]): EvaluatedModel {
  return { name, tasks };
}

/** A folder that is given may also be one of the run's. */
function uniqueTasks(tasks: readonly ScoredTask[]): ScoredTask[] {
  return [...new Map(tasks.map((task) => [JSON.stringify(task), task])).values()];
}

const settingsSchema = z.object({
  stage: z.object({
    preferences: z.string().optional(),
    names: z.record(z.string(), z.string()).optional(),
  }),
});

/** What each stage of a run has measured, by the names of its models. */
async function evaluationsIn(run: string): Promise<ReadonlyMap<string, readonly ScoredTask[]>[]> {
  const siblings = await readdir(run, { withFileTypes: true }).catch(() => []);
  const folders = siblings.filter((entry) => entry.isDirectory()).map(({ name }) => join(run, name));
  return Promise.all(folders.sort().map(evaluationIn));
}

async function evaluationIn(folder: string): Promise<ReadonlyMap<string, readonly ScoredTask[]>> {
  const { data } = settingsSchema.safeParse((await readFinishedStage(folder))?.settings);
  const { preferences, names = {} } = data?.stage ?? {};
  const found = new Map<string, ScoredTask[]>();
  const add = (name: string, tasks: readonly ScoredTask[]): void =>
    void found.set(name, [...(found.get(name) ?? []), ...tasks]);
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const { name } of entries.filter((entry) => entry.isDirectory()))
    add(name, (await readModelIndex(join(folder, name, modelIndexName))) ?? []);
  for (const [name, task] of await readPreferences({ folder, preferences })) add(name, [task]);
  const stageOf = new Map(Object.entries(names).map(([stage, name]) => [name, stage]));
  for (const [name, task] of (await readMtBench(folder)) ?? []) add(stageOf.get(name) ?? name, [task]);
  return found;
}

/** A folder of one model's results, or the output of `bezoar eval` or `bezoar mt-bench`, which have one. */
async function givenEvaluation(folder: string, record: StageRecord | undefined): Promise<ScoredTask[]> {
  for (const path of [join(folder, modelIndexName), join(folder, 'base', modelIndexName)]) {
    const tasks = await readModelIndex(path);
    if (tasks !== undefined) return tasks;
  }
  const judged = await readMtBench(folder);
  const task = judged?.get(record?.id ?? '') ?? (judged?.size === 1 ? [...judged.values()][0] : undefined);
  if (task !== undefined) return [task];
  const what = judged === undefined ? `has no ${modelIndexName}` : 'has the scores of several models';
  throw new BezoarError('NOT_FOUND', `${folder} ${what}.`, {
    advice: 'Name the folder that bezoar eval or bezoar mt-bench wrote for the model.',
  });
}
