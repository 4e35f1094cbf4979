import { parquetWriteBuffer } from 'hyparquet-writer';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { memoryFile } from '../memory-folder.ts';
import { readParquet } from '../parquet/read-parquet.ts';
import { writeParquet } from '../parquet/write-parquet.ts';
import { folderSink } from './folder-sink.ts';
import { readRowsFile } from './read-rows-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'bezoar-rows-'));
afterAll(() => rmSync(folder, { recursive: true }));
const schema = z.object({ n: z.number() });
const rows = [{ n: 1 }, { n: 2 }];

describe('readRowsFile', () => {
  it('reads every kind of file by its ending', async () => {
    writeFileSync(join(folder, 'a.jsonl'), '{"n":1}\n{"n":2}\n');
    writeFileSync(join(folder, 'a.json'), JSON.stringify(rows));
    writeFileSync(join(folder, 'a.jsonl.gz'), gzipSync('{"n":1}\n{"n":2}\n'));
    await writeParquet(folderSink(folder), 'a.parquet', { rows, columns: { n: 'integer' } });
    for (const ending of ['jsonl', 'json', 'jsonl.gz', 'parquet'])
      expect(await readRowsFile(join(folder, `a.${ending}`), schema), ending).toEqual(rows);
  });

  it.each([
    ['GZIP', gzipSync],
    ['BROTLI', brotliCompressSync],
    ['ZSTD', zstdCompressSync],
  ] as const)(
    'reads Parquet compressed with %s, which the browser entry refuses',
    async (codec, compress) => {
      const bytes = new Uint8Array(
        parquetWriteBuffer({
          columnData: [{ name: 'n', data: [1, 2], type: 'DOUBLE' }],
          codec,
          compressors: { [codec]: (page: Uint8Array) => new Uint8Array(compress(page)) },
        }),
      );
      const path = join(folder, `${codec}.parquet`);
      writeFileSync(path, bytes);
      expect(await readRowsFile(path, schema)).toEqual(rows);
      await expect(readParquet(memoryFile('x', bytes), schema)).rejects.toMatchObject({
        code: 'UNSUPPORTED',
      });
    },
  );

  it('names a file that is not there', async () => {
    await expect(readRowsFile(join(folder, 'none.parquet'), schema)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});
