import { gzipSync } from 'node:zlib';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { writeParquet } from '../parquet/write-parquet.ts';
import { countRowsFile } from './count-rows-file.ts';
import { folderSink } from './folder-sink.ts';
import { readRowsFile } from './read-rows-file.ts';

const lines = ['{"n":1}', '{"n":2,"text":"[\\n ä"}', '{"n":3}'];

it.each<[string, string | Uint8Array]>([
  ['plain.jsonl', `${lines.join('\n')}\n`],
  ['open-end.jsonl', lines.join('\n')],
  ['blank.jsonl', `\n  \n${lines.join('\r\n\t\r\n\r\n')}\r\n \n`],
  ['marked.jsonl', `\ufeff${lines.join('\n')}\n`],
  ['zipped.jsonl.gz', gzipSync(lines.join('\n'))],
  ['array.json', ` [${lines.join(',\n')}]`],
  ['marked.json', `\ufeff[${lines.join(',\n')}]`],
])('counts what would be read: %s', async (name, content) => {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  expect(await countRowsFile(path)).toBe((await readRowsFile(path, z.unknown())).length);
  expect(await countRowsFile(path)).toBe(3);
});

it('takes the word of a Parquet footer', async () => {
  const folder = temporaryFolder();
  const rows = Array.from({ length: 57 }, (_, n) => ({ n }));
  await writeParquet(folderSink(folder), 'rows.parquet', { rows, columns: { n: 'integer' } });
  expect(await countRowsFile(join(folder, 'rows.parquet'))).toBe(57);
});

it('knows an empty file, and one that is not there', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'empty.jsonl'), '\n');
  expect(await countRowsFile(join(folder, 'empty.jsonl'))).toBe(0);
  await expect(countRowsFile(join(folder, 'none.jsonl'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
