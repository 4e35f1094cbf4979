import { BezoarError } from '@bezoar/core';
import { parquetReadObjects, type AsyncBuffer } from 'hyparquet';
import type { FileSource } from '../file-source.ts';
import { fromCell } from './from-cell.ts';

/** Codecs besides Snappy (which is built in) that the platform can undo. */
export type ParquetCodec = 'GZIP' | 'BROTLI' | 'ZSTD';

export type Decompressors = Readonly<Partial<Record<ParquetCodec, (bytes: Uint8Array) => Uint8Array>>>;

/** All rows as plain objects. Throws BezoarError BAD_FILE, UNSUPPORTED (a codec that is not given). */
export async function readRawRows(
  file: FileSource,
  decompressors: Decompressors = {},
): Promise<Record<string, unknown>[]> {
  try {
    const rows = await parquetReadObjects({ file: toAsyncBuffer(file), compressors: decompressors });
    return rows.map((row) => fromCell({ ...row }) as Record<string, unknown>);
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
