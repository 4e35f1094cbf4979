import { BezoarError } from '@bezoar/core';
import type { z } from 'zod';
import type { FileSource } from '../file-source.ts';
import { parseNullable } from './parse-nullable.ts';
import { readRawRows, type Decompressors } from './read-raw-rows.ts';

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
  { decompressors = {} }: ReadParquetOptions = {},
): Promise<z.output<Schema>[]> {
  const raw = await readRawRows(file, decompressors);
  if (raw.length === 0)
    throw new BezoarError('EMPTY_DATASET', `${file.name} has no rows.`, {
      advice: 'Check the path, or the step that wrote it.',
    });
  return raw.map((row, index) => {
    const result = parseNullable(schema, row);
    if (result.success) return result.data;
    const problems = result.error.issues.map(({ path, message }) =>
      path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`,
    );
    throw new BezoarError('BAD_INPUT', `${file.name}, row ${index + 1}: ${problems.join('; ')}.`, {
      advice: 'Correct or remove the row.',
      data: { file: file.name, place: `row ${index + 1}`, problems },
    });
  });
}
