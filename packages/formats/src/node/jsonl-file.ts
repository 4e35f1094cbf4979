import { BezoarError } from '@bezoar/core';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { z } from 'zod';
import { formatJsonl, parseJsonl } from '../jsonl/read-jsonl.ts';
import { folderSink } from './folder-sink.ts';

/** Rows of a `.jsonl`, `.json` (array) or gzipped file. Throws BezoarError NOT_FOUND, BAD_INPUT, EMPTY_DATASET. */
export async function readJsonlFile<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.output<Schema>[]> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new BezoarError('NOT_FOUND', `There is no file ${path}.`, { advice: 'Check the path.', cause });
  });
  return parseJsonl(decode(path, bytes), schema, { what: path });
}

/** Writes whole or not at all. */
export function writeJsonlFile(path: string, rows: readonly unknown[]): Promise<void> {
  return folderSink(dirname(path)).write(basename(path), [new TextEncoder().encode(formatJsonl(rows))]);
}

function decode(path: string, bytes: Buffer): string {
  const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(zipped ? gunzipSync(bytes) : bytes);
  } catch (cause) {
    throw new BezoarError('BAD_FILE', `${path} is not ${zipped ? 'a whole gzip file' : 'UTF-8 text'}.`, {
      cause,
    });
  }
}
