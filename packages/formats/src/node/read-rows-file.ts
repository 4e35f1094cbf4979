import { extname, basename, dirname } from 'node:path';
import * as zlib from 'node:zlib';
import type { z } from 'zod';
import { readParquet } from '../parquet/read-parquet.ts';
import type { Decompressors } from '../parquet/read-raw-rows.ts';
import { readJsonlFile } from './jsonl-file.ts';
import { openFolder } from './open-folder.ts';

/**
 * Rows of a file, read by its ending: `.parquet`, or else JSON Lines or one JSON array, gzipped or not. Throws BezoarError
 * NOT_FOUND, BAD_FILE, BAD_INPUT (file and row), EMPTY_DATASET, UNSUPPORTED (a Parquet codec).
 */
export async function readRowsFile<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.output<Schema>[]> {
  if (extname(path).toLowerCase() !== '.parquet') return readJsonlFile(path, schema);
  const file = await openFolder(dirname(path)).open(basename(path));
  try {
    return await readParquet(file, schema, { decompressors: nodeDecompressors() });
  } finally {
    await file.close();
  }
}

function nodeDecompressors(): Decompressors {
  return {
    GZIP: (bytes) => zlib.gunzipSync(bytes),
    BROTLI: (bytes) => zlib.brotliDecompressSync(bytes),
    // Node has it from 22.15.
    ...('zstdDecompressSync' in zlib ? { ZSTD: (bytes: Uint8Array) => zlib.zstdDecompressSync(bytes) } : {}),
  };
}
