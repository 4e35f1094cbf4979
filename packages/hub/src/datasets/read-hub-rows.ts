import { BezoarError } from '@bezoar/core';
import { streamRowsFile, streamRowsFiles, streamRowsSource } from '@bezoar/formats/node';
import { z } from 'zod';
import type { HubOptions } from '../settings/hub-options.ts';
import { openHubDataset, type HubDataset } from './open-hub-dataset.ts';

export interface ReadHubRowsOptions<Schema extends z.ZodType> extends HubOptions {
  /** What a row must be; any object by default. */
  readonly schema?: Schema;
  /**
   * The first rows only. A file that is not in the cache is then read by ranges, a row group or a mebibyte at a time, and neither downloaded nor
   * kept, unless it is zipped.
   */
  readonly limit?: number;
}

type AnyRow = z.ZodRecord<z.ZodString, z.ZodUnknown>;

/**
 * Rows of a data set, named as for `openHubDataset`. A file is downloaded when its rows are due, and read by lines or row
 * groups: what is read no further costs nothing more. Throws as `openHubDataset` does, and BAD_FILE, BAD_INPUT (file and
 * row), EMPTY_DATASET.
 */
export async function* readHubRows<Schema extends z.ZodType = AnyRow>(
  reference: string,
  { schema, limit, ...options }: ReadHubRowsOptions<Schema> = {},
): AsyncGenerator<z.output<Schema>> {
  const dataset = await openHubDataset(reference, options);
  const rowSchema = schema ?? (z.record(z.string(), z.unknown()) as unknown as Schema);
  if (limit !== undefined) {
    yield* firstRows(dataset, rowSchema, limit);
    return;
  }
  async function* paths(): AsyncGenerator<string> {
    for (const file of dataset.dataFiles) yield await dataset.fetchFile(file);
  }
  yield* streamRowsFiles(paths(), rowSchema);
}

/** A file without rows among others is none. */
async function* firstRows<Schema extends z.ZodType>(
  dataset: HubDataset,
  schema: Schema,
  limit: number,
): AsyncGenerator<z.output<Schema>> {
  let count = 0;
  let empty: BezoarError | undefined;
  for (const file of dataset.dataFiles) {
    if (count >= limit) return;
    try {
      for await (const row of peekRows(dataset, file, schema)) {
        yield row;
        if (++count >= limit) return;
      }
    } catch (error) {
      if (!BezoarError.isInstance(error) || error.code !== 'EMPTY_DATASET') throw error;
      empty ??= error;
    }
  }
  if (count === 0 && empty !== undefined) throw empty;
}

async function* peekRows<Schema extends z.ZodType>(
  { fetchFile, peekFile }: Pick<HubDataset, 'fetchFile' | 'peekFile'>,
  path: string,
  schema: Schema,
): AsyncGenerator<z.output<Schema>> {
  if (path.toLowerCase().endsWith('.gz')) {
    yield* streamRowsFile(await fetchFile(path), schema);
    return;
  }
  const file = await peekFile(path);
  try {
    yield* streamRowsSource(file, schema);
  } finally {
    await file.close();
  }
}
