import { parquetWriteBuffer } from 'hyparquet-writer';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { FileSource } from '../file-source.ts';
import { memoryFile } from '../memory-folder.ts';
import { readParquet, streamParquet } from '../parquet/read-parquet.ts';
import { writeParquet } from '../parquet/write-parquet.ts';
import { folderSink } from './folder-sink.ts';
import { readRowsFile, streamRowsFile, streamRowsFiles } from './read-rows-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'bezoar-rows-'));
afterAll(() => rmSync(folder, { recursive: true }));
const schema = z.object({ n: z.number() });
const rows = [{ n: 1 }, { n: 2 }];

async function collect<Row>(all: AsyncIterable<Row>): Promise<Row[]> {
  const found: Row[] = [];
  for await (const row of all) found.push(row);
  return found;
}

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

  it('gives rows one by one, a row group at a time, and closes the file when nobody reads on', async () => {
    const many = Array.from({ length: 1000 }, (_, n) => ({ n }));
    const path = join(folder, 'groups.parquet');
    const data = many.map(({ n }) => n);
    const columnData = [{ name: 'n', data, type: 'INT32' as const }];
    writeFileSync(path, new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: [100] })));
    writeFileSync(join(folder, 'many.jsonl.gz'), gzipSync(many.map((row) => JSON.stringify(row)).join('\n')));
    for (const name of ['groups.parquet', 'many.jsonl.gz']) {
      expect(await readRowsFile(join(folder, name), schema), name).toEqual(many);
      const first = [];
      for await (const row of streamRowsFile(join(folder, name), schema)) if (first.push(row) === 150) break;
      expect(first, name).toEqual(many.slice(0, 150));
    }
  });

  it('reads no row group before its rows are due', async () => {
    const data = Array.from({ length: 10_000 }, (_, n) => n * 1.7);
    const columnData = [{ name: 'n', data, type: 'DOUBLE' as const }];
    const bytes = new Uint8Array(
      parquetWriteBuffer({ columnData, rowGroupSize: [1000], codec: 'UNCOMPRESSED' }),
    );
    const file = memoryFile('x', bytes);
    const reads: number[] = [];
    const counted: FileSource = {
      ...file,
      read(offset, length) {
        reads.push(offset);
        return file.read(offset, length);
      },
    };
    const stream = streamParquet(counted, schema);
    for (let row = 0; row < 1500; row++) await stream.next();
    const before = Math.max(...reads.filter((offset) => offset < bytes.length / 2));
    expect(before).toBeLessThan((bytes.length * 2) / 10);
    expect((await collect(stream)).length).toBe(8500);
    expect(Math.max(...reads)).toBeGreaterThan((bytes.length * 8) / 10);
  });

  it('takes several files for one; no rows in all of them are none', async () => {
    const files = ['a', 'none', 'b'].map((name) => join(folder, `part-${name}.jsonl`));
    const [a, none, b] = files as [string, string, string];
    writeFileSync(a, '{"n":1}\n');
    writeFileSync(none, '');
    writeFileSync(b, '{"n":2}\n');
    expect(await collect(streamRowsFiles(files, schema))).toEqual(rows);
    await expect(collect(streamRowsFiles([none, none], schema))).rejects.toMatchObject({
      code: 'EMPTY_DATASET',
    });
  });

  it('names a file that is not there', async () => {
    await expect(readRowsFile(join(folder, 'none.parquet'), schema)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});
