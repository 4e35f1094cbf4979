import { BezoarError } from '@bezoar/core';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { StageRecord } from './stage-record.ts';

const resultSchema = z.looseObject({
  dataset: z.looseObject({
    name: z.string(),
    args: z.looseObject({ num_few_shot: z.number().optional() }).optional(),
  }),
  metrics: z.array(
    z.looseObject({
      type: z.string(),
      name: z.string(),
      value: z.number(),
      args: z.looseObject({ stderr: z.number().optional() }).optional(),
    }),
  ),
});
const indexSchema = z.object({ 'model-index': z.array(z.object({ results: z.array(resultSchema) })) });

/** One task of an evaluation, as the metadata of a card has it, with whatever else is there. */
export interface ScoredTask {
  readonly dataset: {
    readonly name: string;
    readonly args?: { readonly num_few_shot?: number | undefined } | undefined;
  };
  readonly metrics: readonly {
    readonly type: string;
    readonly name: string;
    readonly value: number;
    readonly args?: { readonly stderr?: number | undefined } | undefined;
  }[];
}

const fileName = 'model-index.yaml';

/**
 * What evaluations have found of a model: those of the same run that name its stage, and those in the folders that are given. Throws
 * BezoarError NOT_FOUND for a given folder that has none, BAD_FILE for one that cannot be read.
 */
export async function readScores(
  record: StageRecord | undefined,
  folders: readonly string[],
): Promise<ScoredTask[]> {
  const own = record === undefined ? [] : await ownEvaluations(record);
  const given = await Promise.all(folders.map(evaluationIn));
  const files = new Set([...own, ...given]);
  return (await Promise.all([...files].map(readIndex))).flat();
}

async function ownEvaluations({ folder, id }: StageRecord): Promise<string[]> {
  const run = dirname(folder);
  const siblings = await readdir(run).catch(() => []);
  const candidates = siblings.sort().map((name) => join(run, name, id, fileName));
  const found = await Promise.all(candidates.map(async (path) => ((await isThere(path)) ? [path] : [])));
  return found.flat();
}

/** A folder of one model's results, or the output of `bezoar eval`, which has one. */
async function evaluationIn(folder: string): Promise<string> {
  for (const path of [join(folder, fileName), join(folder, 'base', fileName)])
    if (await isThere(path)) return path;
  throw new BezoarError('NOT_FOUND', `${folder} has no ${fileName}.`, {
    advice: 'Name the folder that bezoar eval wrote for the model.',
  });
}

async function isThere(path: string): Promise<boolean> {
  return (await readFile(path).catch(() => undefined)) !== undefined;
}

async function readIndex(path: string): Promise<ScoredTask[]> {
  const parsed = indexSchema.safeParse(parse(await readFile(path, 'utf8')));
  if (parsed.success) return parsed.data['model-index'].flatMap(({ results }) => results);
  throw new BezoarError('BAD_FILE', `${path} is no metadata of a card.`, { cause: parsed.error });
}
