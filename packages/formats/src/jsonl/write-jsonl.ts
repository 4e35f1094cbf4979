import type { FolderSink } from '../file-source.ts';

const rowsPerChunk = 1000;

/** Rows as JSON Lines text. */
export function formatJsonl(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

/** Writes rows as they come; the file is whole or not there. */
export function writeJsonl(
  sink: FolderSink,
  name: string,
  rows: Iterable<unknown> | AsyncIterable<unknown>,
): Promise<void> {
  return sink.write(name, encode(rows));
}

async function* encode(rows: Iterable<unknown> | AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  const utf8 = new TextEncoder();
  let waiting: unknown[] = [];
  for await (const row of rows) {
    waiting.push(row);
    if (waiting.length < rowsPerChunk) continue;
    yield utf8.encode(formatJsonl(waiting));
    waiting = [];
  }
  yield utf8.encode(formatJsonl(waiting));
}
