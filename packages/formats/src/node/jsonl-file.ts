import { BezoarError } from '@bezoar/core';
import { open, type FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { z } from 'zod';
import { rowsOfChunks } from '../jsonl/read-jsonl.ts';
import { writeJsonl } from '../jsonl/write-jsonl.ts';
import { folderSink } from './folder-sink.ts';

/**
 * Rows of a `.jsonl`, `.json` (array) or gzipped file. Throws BezoarError NOT_FOUND, BAD_INPUT (file and line), BAD_FILE,
 * EMPTY_DATASET.
 */
export async function readJsonlFile<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.output<Schema>[]> {
  const rows: z.output<Schema>[] = [];
  for await (const row of streamJsonlFile(path, schema)) rows.push(row);
  return rows;
}

/** The same one by one. */
export async function* streamJsonlFile<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): AsyncGenerator<z.output<Schema>> {
  yield* rowsOfChunks(streamJsonlChunks(path), schema, path);
}

/** The bytes of a file, unzipped. Throws BezoarError NOT_FOUND, BAD_FILE. */
export async function* streamJsonlChunks(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path).catch((cause: unknown) => {
    throw new BezoarError('NOT_FOUND', `There is no file ${path}.`, { advice: 'Check the path.', cause });
  });
  try {
    yield* chunksOf(file, path);
  } finally {
    await file.close();
  }
}

/** Writes whole or not at all. */
export function writeJsonlFile(
  path: string,
  rows: Iterable<unknown> | AsyncIterable<unknown>,
): Promise<void> {
  return writeJsonl(folderSink(dirname(path)), basename(path), rows);
}

/** The content, unzipped when it begins as gzip does. */
async function* chunksOf(file: FileHandle, path: string): AsyncGenerator<Uint8Array> {
  let zipped = false;
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(2), 0, 2, 0);
    zipped = bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
    const plain = file.createReadStream({ start: 0, autoClose: false });
    // An error of either stream reaches the loop through the last one.
    const content = zipped ? pipeline(plain, createGunzip(), () => undefined) : plain;
    for await (const chunk of content) yield chunk as Uint8Array;
  } catch (cause) {
    const why = zipped ? 'is not a whole gzip file' : 'cannot be read';
    throw new BezoarError('BAD_FILE', `${path} ${why}: ${(cause as Error).message}.`, {
      advice: zipped ? 'Download it again.' : 'Check that it is a file, and its permissions.',
      cause,
    });
  }
}
