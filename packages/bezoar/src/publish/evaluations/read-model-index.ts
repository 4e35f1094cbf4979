import { BezoarError } from '@bezoar/core';
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import type { ScoredTask } from './scored-task.ts';

const resultSchema = z.looseObject({
  dataset: z.looseObject({
    name: z.string(),
    type: z.string().optional(),
    args: z.record(z.string(), z.unknown()).optional(),
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

/** A file of `bezoar eval` with the scores of one model. */
export const modelIndexName = 'model-index.yaml';

/** The tasks in such a file; undefined where there is none. Throws BezoarError BAD_FILE. */
export async function readModelIndex(path: string): Promise<ScoredTask[] | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const parsed = indexSchema.safeParse(parse(text));
  if (parsed.success) return parsed.data['model-index'].flatMap(({ results }) => results);
  throw new BezoarError('BAD_FILE', `${path} is no metadata of a card.`, { cause: parsed.error });
}
