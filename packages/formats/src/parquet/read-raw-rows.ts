import { BezoarError } from '@bezoar/core';
import { parquetMetadataAsync, parquetReadObjects, type AsyncBuffer } from 'hyparquet';
import type { FileSource } from '../file-source.ts';
import { fromCell } from './from-cell.ts';

/** Codecs besides Snappy (which is built in) that the platform can undo. */
export type ParquetCodec = 'GZIP' | 'BROTLI' | 'ZSTD';

export type Decompressors = Readonly<Partial<Record<ParquetCodec, (bytes: Uint8Array) => Uint8Array>>>;

/**
 * Rows as plain objects, one row group after the other: only one is in memory. Throws BezoarError BAD_FILE, UNSUPPORTED (a
 * codec that is not given).
 */
export async function* rawRowGroups(
  file: FileSource,
  decompressors: Decompressors = {},
): AsyncGenerator<Record<string, unknown>[]> {
  const buffer = toAsyncBuffer(file);
  const metadata = await orBadFile(file, () => parquetMetadataAsync(buffer));
  let rowStart = 0;
  for (const { num_rows } of metadata.row_groups) {
    const [start, rowEnd] = [rowStart, rowStart + Number(num_rows)];
    rowStart = rowEnd;
    const rows = await orBadFile(file, () =>
      parquetReadObjects({ file: buffer, metadata, rowStart: start, rowEnd, compressors: decompressors }),
    );
    yield rows.map((row) => fromCell({ ...row }) as Record<string, unknown>);
  }
}

/** As its footer says; nothing else is read. Throws BezoarError BAD_FILE. */
export async function countParquetRows(file: FileSource): Promise<number> {
  const { num_rows: count } = await orBadFile(file, () => parquetMetadataAsync(toAsyncBuffer(file)));
  return Number(count);
}

/** All rows at once. */
export async function readRawRows(file: FileSource): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for await (const group of rawRowGroups(file)) for (const row of group) rows.push(row);
  return rows;
}

async function orBadFile<Result>(file: FileSource, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (cause) {
    if (BezoarError.isInstance(cause)) throw cause;
    const { message } = cause as Error;
    const codec = /compression codec: (\w+)/.exec(message)?.[1];
    if (codec !== undefined)
      throw new BezoarError(
        'UNSUPPORTED',
        `${file.name} is compressed with ${codec}, which is not read here.`,
        {
          advice: 'Write it with Snappy, or read it through @bezoar/formats/node.',
          cause,
        },
      );
    throw new BezoarError('BAD_FILE', `${file.name} is not a whole Parquet file: ${message}.`, {
      advice: 'The file is truncated or something else: fetch or write it again.',
      cause,
    });
  }
}

function toAsyncBuffer(file: FileSource): AsyncBuffer {
  return {
    byteLength: file.size,
    async slice(start, end = file.size) {
      const bytes = await file.read(start, end - start);
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    },
  };
}
