import { seedSchema } from '@bezoar/core';
import { memoryFolder, writeParquet } from '@bezoar/formats';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import type { HubOptions } from '../settings/hub-options.ts';
import { startHubServer, type HubServer } from '../testing.ts';
import { readHubRows } from './read-hub-rows.ts';

const at = temporaryFolder();
const numbers = Array.from({ length: 20 }, (_, n) => ({ n, text: `row ${n}` }));
const lines = (rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const dolly = { instruction: 'Why?', context: ' Because. ', response: 'So.', category: 'open_qa' };

async function parquet(rows: readonly { n: number; text: string }[]): Promise<Uint8Array> {
  const files = new Map<string, Uint8Array>();
  await writeParquet(memoryFolder(files), 'x', { rows, columns: { n: 'integer', text: 'string' } });
  return files.get('x')!;
}

let server: HubServer;
let options: HubOptions;
beforeAll(async () => {
  server = await startHubServer({
    repos: [
      {
        type: 'dataset',
        name: 'org/shards',
        files: {
          'data/train-00000-of-00003.parquet': await parquet(numbers.slice(0, 12)),
          'data/train-00001-of-00003.parquet': await parquet([]),
          'data/train-00002-of-00003.parquet': await parquet(numbers.slice(12)),
          'data/test-00000-of-00001.parquet': await parquet(numbers.slice(3, 5)),
        },
      },
      {
        type: 'dataset',
        name: 'org/lines',
        files: { 'dolly.jsonl': lines([dolly]), 'x/a.jsonl.gz': gzipSync(lines(numbers)) },
      },
    ],
  });
  options = { env: { HF_ENDPOINT: server.url }, cacheDir: at('cache') };
});
afterAll(() => server.close());

async function collect<Row>(rows: AsyncIterable<Row>, limit = Infinity): Promise<Row[]> {
  const all: Row[] = [];
  for await (const row of rows) if (all.push(row) >= limit) break;
  return all;
}

it('reads shards in order, an empty one among them, and another split', async () => {
  expect(await collect(readHubRows('hub:org/shards', options))).toEqual(numbers);
  expect(await collect(readHubRows('org/shards?split=test', options))).toEqual(numbers.slice(3, 5));
});

it('downloads a file when its rows are due', async () => {
  const asked = server.requests.length;
  expect(await collect(readHubRows('org/shards', { ...options, cacheDir: at('lazy') }), 3)).toHaveLength(3);
  const stored = server.requests.slice(asked).filter(({ host }) => host === 'storage');
  expect(stored).toHaveLength(1);
});

it('reads lines, zipped too, by a schema', async () => {
  expect(await collect(readHubRows('org/lines/x/a.jsonl.gz', options))).toEqual(numbers);
  expect(await collect(readHubRows('org/lines/dolly.jsonl', { ...options, schema: seedSchema }))).toEqual([
    { ...dolly, context: 'Because.' },
  ]);
  await expect(
    collect(readHubRows('org/lines/x/*', { ...options, schema: seedSchema })),
  ).rejects.toMatchObject({
    code: 'BAD_INPUT',
    message: expect.stringContaining('x/a.jsonl.gz, line 1') as string,
  });
});

it('reads tags, branches with a slash, and the conversion to Parquet that the Hub makes', async () => {
  const repo = { type: 'dataset', name: 'org/lines' } as const;
  const only = numbers.slice(0, 2);
  server.commit({ ...repo, branch: 'v1.0', files: { 'a.jsonl': lines(only) } });
  server.commit({ ...repo, branch: 'try/this', files: { 'b.jsonl': lines(only) } });
  const converted = {
    'en/train/0000.parquet': await parquet(only),
    'de/train/0000.parquet': await parquet(numbers),
  };
  server.commit({ ...repo, branch: 'refs/convert/parquet', files: converted });
  for (const revision of ['v1.0', 'try%2Fthis', 'refs/convert/parquet?config=en'])
    for (const offline of [false, true])
      expect(
        await collect(readHubRows(`hub:org/lines@${revision}`, { ...options, offline })),
        revision,
      ).toEqual(only);
});
