import { BezoarError } from '@bezoar/core';
import type { z } from 'zod';
import type { FileSource } from '../file-source.ts';
import { checkRow, isArrayText, noRows, parseArrayRows, parseLines, type Row } from './jsonl-rows.ts';
import type { ReadJsonlOptions } from './parse-jsonl.ts';

const chunkBytes = 1 << 20;

/**
 * Rows of a JSON Lines file one by one, for files that do not fit into memory; otherwise as `parseJsonl`. (A file that is
 * one JSON array is read whole.) The file stays open. Throws BezoarError BAD_FILE when it is not UTF-8.
 */
export function readJsonl<Schema extends z.ZodType>(
  file: FileSource,
  schema: Schema,
  { what }: ReadJsonlOptions = { what: file.name },
): AsyncGenerator<z.output<Schema>> {
  return rowsOfChunks(chunksOf(file), schema, what);
}

/** The same over bytes that come in pieces, cut anywhere. */
export async function* rowsOfChunks<Schema extends z.ZodType>(
  chunks: AsyncIterable<Uint8Array>,
  schema: Schema,
  what: string,
): AsyncGenerator<z.output<Schema>> {
  let count = 0;
  for await (const row of rawRows(decode(chunks, what), what)) {
    count++;
    yield checkRow(row, schema, what);
  }
  if (count === 0) throw noRows(what);
}

async function* chunksOf(file: FileSource): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.size; at += chunkBytes)
    yield await file.read(at, Math.min(chunkBytes, file.size - at));
}

/** Text in pieces; a byte order mark is dropped. */
async function* decode(chunks: AsyncIterable<Uint8Array>, what: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const textOf = (chunk?: Uint8Array): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch (cause) {
      throw new BezoarError('BAD_FILE', `${what} is not UTF-8 text.`, {
        advice: 'Save it as UTF-8.',
        cause,
      });
    }
  };
  for await (const chunk of chunks) yield textOf(chunk);
  yield textOf();
}

async function* rawRows(texts: AsyncGenerator<string>, what: string): AsyncGenerator<Row> {
  let rest = '';
  let first = 1;
  let isArray: boolean | undefined;
  for await (const text of texts) {
    rest += text;
    if (isArray === undefined && rest.trim() !== '') isArray = isArrayText(rest);
    // Only the new text is searched: a long line comes in many pieces.
    if (isArray !== false || !text.includes('\n')) continue;
    const end = rest.lastIndexOf('\n');
    const whole = rest.slice(0, end);
    yield* parseLines(whole, { first, what });
    first += whole.split('\n').length;
    rest = rest.slice(end + 1);
  }
  yield* isArray === true ? parseArrayRows(rest, what) : parseLines(rest, { first, what });
}
