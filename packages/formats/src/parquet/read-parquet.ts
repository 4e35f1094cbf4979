import { BezoarError } from '@bezoar/core';
import type { z } from 'zod';
import type { FileSource } from '../file-source.ts';
import { parseNullable } from '../parse-nullable.ts';
import { rawRowGroups, type Decompressors } from './read-raw-rows.ts';

export interface ReadParquetOptions {
  /** Snappy and plain pages need none; the Node entry brings gzip, brotli and zstd. */
  readonly decompressors?: Decompressors;
}

/**
 * Rows of a Parquet file, each checked against a schema. A null field counts as absent where the schema wants no null.
 * Throws BezoarError BAD_FILE, UNSUPPORTED, BAD_INPUT that names the row, EMPTY_DATASET.
 */
export async function readParquet<Schema extends z.ZodType>(
  file: FileSource,
  schema: Schema,
  options: ReadParquetOptions = {},
): Promise<z.output<Schema>[]> {
  const rows: z.output<Schema>[] = [];
  for await (const row of streamParquet(file, schema, options)) rows.push(row);
  return rows;
}

/** The same one by one, a row group at a time in memory. The file stays open. */
export async function* streamParquet<Schema extends z.ZodType>(
  file: FileSource,
  schema: Schema,
  { decompressors = {} }: ReadParquetOptions = {},
): AsyncGenerator<z.output<Schema>> {
  let count = 0;
  for await (const group of rawRowGroups(file, decompressors))
    for (const row of group) yield checkRow(schema, row, { file: file.name, place: `row ${++count}` });
  if (count === 0)
    throw new BezoarError('EMPTY_DATASET', `${file.name} has no rows.`, {
      advice: 'Check the path, or the step that wrote it.',
    });
}

function checkRow<Schema extends z.ZodType>(
  schema: Schema,
  row: unknown,
  where: { readonly file: string; readonly place: string },
): z.output<Schema> {
  const result = parseNullable(schema, row);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`,
  );
  throw new BezoarError('BAD_INPUT', `${where.file}, ${where.place}: ${problems.join('; ')}.`, {
    advice: 'Correct or remove the row.',
    data: { ...where, problems },
  });
}
