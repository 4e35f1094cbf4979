import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readJsonlFile, writeJsonlFile } from './jsonl-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'bezoar-jsonl-'));
afterAll(() => rmSync(folder, { recursive: true }));
const schema = z.object({ n: z.number() });
const rows = Array.from({ length: 5000 }, (_, n) => ({ n }));

describe('JSON Lines files', () => {
  it('are read back, zipped or not', async () => {
    const path = join(folder, 'rows.jsonl');
    await writeJsonlFile(path, rows);
    expect(await readJsonlFile(path, schema)).toEqual(rows);
    const zipped = gzipSync(rows.map((row) => JSON.stringify(row)).join('\n'));
    writeFileSync(`${path}.gz`, zipped);
    expect(await readJsonlFile(`${path}.gz`, schema)).toEqual(rows);
  });

  it('are not left half written when the rows fail', async () => {
    const failing = function* (): Generator {
      yield { n: 1 };
      throw new Error('the model is gone');
    };
    await expect(writeJsonlFile(join(folder, 'failed.jsonl'), failing())).rejects.toThrow(
      /the model is gone/,
    );
    expect(readdirSync(folder).filter((name) => name.includes('failed'))).toEqual([]);
  });

  it.each([
    ['a gzip file that was cut off', gzipSync(JSON.stringify(rows)).subarray(0, 200), 'BAD_FILE'],
    ['text that is not UTF-8', Uint8Array.of(0xff, 0xfe, 0x7b), 'BAD_FILE'],
    ['a bad row in a gzip file', gzipSync('{"n":1}\n{"n":"x"}'), 'BAD_INPUT'],
    ['an empty file', new Uint8Array(), 'EMPTY_DATASET'],
  ])('that are %s are refused by name', async (what, bytes, code) => {
    const path = join(folder, `${what}.jsonl`);
    writeFileSync(path, bytes);
    await expect(readJsonlFile(path, schema)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(path) as string,
    });
  });

  it('that are no files are refused by name', async () => {
    await expect(readJsonlFile(join(folder, 'none'), schema)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(readJsonlFile(folder, schema)).rejects.toMatchObject({ code: 'BAD_FILE' });
  });
});
