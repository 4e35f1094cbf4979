import { createRng } from '@bezoar/core';
import { memoryFolder, writeParquet } from '@bezoar/formats';
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import type { HubOptions } from '../settings/hub-options.ts';
import { startHubServer, type HubServer, type HubServerFault } from '../testing.ts';
import { readHubRows } from './read-hub-rows.ts';

const at = temporaryFolder();

interface Row {
  readonly n: number;
  readonly text: string;
}

/** Texts that no codec makes small: 35,000 rows in row groups of 10,000, about 10 MB. */
const rng = createRng(5);
const rows = Array.from({ length: 35_000 }, (_, n): Row => ({
  n,
  text: Array.from({ length: 36 }, () => Math.floor(rng.next() * 2 ** 32).toString(36)).join(''),
}));

async function parquet(some: readonly Row[]): Promise<Uint8Array> {
  const files = new Map<string, Uint8Array>();
  await writeParquet(memoryFolder(files), 'x', { rows: some, columns: { n: 'integer', text: 'string' } });
  return files.get('x')!;
}

let server: HubServer;
let options: HubOptions;
const faults: (HubServerFault | undefined)[] = [];
const sizes = { parquet: 0, lines: 0 };
beforeAll(async () => {
  const [shard, empty] = [await parquet(rows), await parquet([])];
  const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  sizes.parquet = shard.length;
  sizes.lines = lines.length;
  server = await startHubServer({
    repos: [
      {
        type: 'dataset',
        name: 'org/shards',
        files: {
          'data/train-00000-of-00003.parquet': empty,
          'data/train-00001-of-00003.parquet': shard,
          'data/train-00002-of-00003.parquet': shard,
        },
      },
      { type: 'dataset', name: 'org/lines', files: { 'rows.jsonl': lines } },
    ],
    fault: ({ path }) => (/resolve|blob|storage/.test(path) ? faults.shift() : undefined),
  });
});
afterAll(() => server.close());

let folders = 0;
async function first(name: string, limit: number): Promise<{ found: Row[]; sent: number; cache: string }> {
  const cache = at(`cache-${folders++}`);
  options = { env: { HF_ENDPOINT: server.url }, cacheDir: cache, sleep: () => Promise.resolve() };
  const before = server.requests.length;
  const found: Row[] = [];
  for await (const row of readHubRows(name, { ...options, limit })) found.push(row as unknown as Row);
  const sent = server.requests.slice(before).reduce((sum, request) => sum + request.sent, 0);
  return { found, sent, cache };
}

const blobsIn = (cache: string): string[] =>
  readdirSync(cache, { recursive: true, encoding: 'utf8' }).filter((path) => /blobs./.test(path));

describe('the first rows of a data set', () => {
  it('cost its first row group, and nothing is kept', async () => {
    const { found, sent, cache } = await first('org/shards', 5);
    expect(found).toEqual(rows.slice(0, 5));
    // A row group of four, and twice the half mebibyte in which footers are looked for.
    expect(sent).toBeLessThan(0.45 * sizes.parquet);
    expect(sent).toBeGreaterThan(0.2 * sizes.parquet);
    expect(blobsIn(cache)).toEqual([]);
  });

  it('cost a mebibyte of lines', async () => {
    const { found, sent, cache } = await first('org/lines', 100);
    expect(found).toEqual(rows.slice(0, 100));
    expect(sent).toBeLessThan(2 * 2 ** 20);
    expect(sizes.lines).toBeGreaterThan(6 * 2 ** 20);
    expect(blobsIn(cache)).toEqual([]);
  });

  it('go on in the next row groups and files', async () => {
    const { found } = await first('org/shards', rows.length + 3);
    expect(found).toHaveLength(rows.length + 3);
    expect(found.slice(-4).map(({ n }) => n)).toEqual([rows.length - 1, 0, 1, 2]);
  });

  it('come from the cache where they are there', async () => {
    const cache = at('warm');
    const warm = { env: { HF_ENDPOINT: server.url }, cacheDir: cache };
    await readHubRows('org/lines', warm).next();
    const before = server.requests.length;
    for await (const row of readHubRows('org/lines', { ...warm, limit: 1 })) expect(row).toEqual(rows[0]);
    expect(server.requests.slice(before).every(({ path }) => !path.includes('rows.jsonl'))).toBe(true);
  });

  it('arrive whole over a connection that breaks, and from a server that knows no ranges', async () => {
    faults.push('hang-up', { after: 1000, then: 'hang-up' });
    expect((await first('org/lines', 3)).found).toEqual(rows.slice(0, 3));
    expect(faults).toEqual([]);
    faults.push(...Array.from({ length: 4 }, () => 'no-ranges' as const));
    const { found, cache } = await first('org/lines', 3);
    faults.length = 0;
    expect(found).toEqual(rows.slice(0, 3));
    expect(blobsIn(cache)).not.toEqual([]);
  });
});
