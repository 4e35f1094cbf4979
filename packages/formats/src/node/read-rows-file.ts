import { BezoarError } from '@bezoar/core';
import { extname, basename, dirname } from 'node:path';
import * as zlib from 'node:zlib';
import type { z } from 'zod';
import type { FileSource } from '../file-source.ts';
import { readJsonl } from '../jsonl/read-jsonl.ts';
import { streamParquet } from '../parquet/read-parquet.ts';
import type { Decompressors } from '../parquet/read-raw-rows.ts';
import { streamJsonlFile } from './jsonl-file.ts';
import { openFolder } from './open-folder.ts';

/**
 * Rows of a file, read by its ending: `.parquet`, or else JSON Lines or one JSON array, gzipped or not. Throws BezoarError
 * NOT_FOUND, BAD_FILE, BAD_INPUT (file and row), EMPTY_DATASET, UNSUPPORTED (a Parquet codec).
 */
export async function readRowsFile<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.output<Schema>[]> {
  const rows: z.output<Schema>[] = [];
  for await (const row of streamRowsFile(path, schema)) rows.push(row);
  return rows;
}

/** The same one by one, for files that do not fit into memory: lines, or a Parquet row group at a time. */
export async function* streamRowsFile<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): AsyncGenerator<z.output<Schema>> {
  if (extname(path).toLowerCase() !== '.parquet') {
    yield* streamJsonlFile(path, schema);
    return;
  }
  const file = await openFolder(dirname(path)).open(basename(path));
  try {
    yield* streamRowsSource(file, schema);
  } finally {
    await file.close();
  }
}

/**
 * The same of a file that is read piece by piece, wherever it is, by its name: a row group or a mebibyte at a time. It is not unzipped, and
 * stays open. Throws as `readRowsFile` does.
 */
export function streamRowsSource<Schema extends z.ZodType>(
  file: FileSource,
  schema: Schema,
): AsyncGenerator<z.output<Schema>> {
  return extname(file.name).toLowerCase() === '.parquet'
    ? streamParquet(file, schema, { decompressors: nodeDecompressors() })
    : readJsonl(file, schema);
}

/**
 * Rows of several files, as if they were one: the shards of a data set. One without rows among them is none. Throws as
 * `readRowsFile` does.
 */
export async function* streamRowsFiles<Schema extends z.ZodType>(
  paths: Iterable<string> | AsyncIterable<string>,
  schema: Schema,
): AsyncGenerator<z.output<Schema>> {
  let empty: BezoarError | undefined;
  let count = 0;
  for await (const path of paths) {
    try {
      for await (const row of streamRowsFile(path, schema)) {
        count++;
        yield row;
      }
    } catch (error) {
      if (!BezoarError.isInstance(error) || error.code !== 'EMPTY_DATASET') throw error;
      empty ??= error;
    }
  }
  if (count === 0 && empty !== undefined) throw empty;
}

function nodeDecompressors(): Decompressors {
  return {
    GZIP: (bytes) => zlib.gunzipSync(bytes),
    BROTLI: (bytes) => zlib.brotliDecompressSync(bytes),
    // Node has it from 22.15.
    ...('zstdDecompressSync' in zlib ? { ZSTD: (bytes: Uint8Array) => zlib.zstdDecompressSync(bytes) } : {}),
  };
}
