import { createRng } from '@bezoar/core';
import { readText } from '@bezoar/formats';
import { openFolder } from '@bezoar/formats/node';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import type { HubOptions } from '../settings/hub-options.ts';
import { startHubServer, type HubServer, type HubServerOptions } from '../testing.ts';
import { openHubSnapshot, type HubSnapshot } from './open-hub-snapshot.ts';

const at = temporaryFolder();
const rng = createRng('hub files');
const weights = Uint8Array.from({ length: 300_000 }, () => rng.int(256));
const files = { 'config.json': '{"model_type":"llama"}', 'model.safetensors': weights, 'data/empty.txt': '' };
const repo = { type: 'model', name: 'org/tiny' } as const;

let server: HubServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

let caches = 0;
async function start(options: Partial<HubServerOptions> = {}): Promise<HubOptions & { cacheDir: string }> {
  server = await startHubServer({ repos: [{ ...repo, files }], ...options });
  return {
    env: { HF_ENDPOINT: server.url },
    cacheDir: at(`cache-${caches++}`),
    sleep: () => Promise.resolve(),
  };
}

const open = (options: HubOptions): Promise<HubSnapshot> => openHubSnapshot({ ...options, repo });

describe('openHubSnapshot', () => {
  it('downloads into the layout that Python reads', async () => {
    const options = await start({ pageSize: 1 });
    const snapshot = await open(options);
    const commit = server!.head('model', 'org/tiny');
    expect(snapshot.commit).toBe(commit);
    expect(snapshot.files.map(({ path }) => path).sort()).toEqual(Object.keys(files).sort());

    const folder = await snapshot.fetchFiles(snapshot.files.map(({ path }) => path));
    const root = `${options.cacheDir}/models--org--tiny`;
    expect(folder).toBe(`${root}/snapshots/${commit}`);
    expect(readFileSync(`${root}/refs/main`, 'utf8')).toBe(commit);
    expect(readFileSync(`${folder}/model.safetensors`).equals(weights)).toBe(true);
    expect(readFileSync(`${folder}/data/empty.txt`, 'utf8')).toBe('');
    expect(readlinkSync(`${folder}/config.json`)).toMatch(/^\.\.\/\.\.\/blobs\/[0-9a-f]{40}$/);
    expect(readlinkSync(`${folder}/data/empty.txt`)).toBe(
      '../../../blobs/e69de29bb2d1d6434b8b29ae775ad8c2e48c5391',
    );
    expect(readlinkSync(`${folder}/model.safetensors`)).toMatch(/^\.\.\/\.\.\/blobs\/[0-9a-f]{64}$/);
    expect(readdirSync(`${root}/blobs`).filter((name) => name.includes('.'))).toEqual([]);
  });

  it('asks for a commit and a file once, and for nothing when both are known', async () => {
    const options = await start();
    const first = await open(options);
    expect(await readText(first.folder, 'config.json')).toBe(files['config.json']);
    const asked = server!.requests.length;

    const second = await open(options);
    expect(await readText(second.folder, 'config.json')).toBe(files['config.json']);
    expect(server!.requests.slice(asked).map(({ path }) => path.split('?')[0])).toEqual([
      '/api/models/org/tiny/revision/main',
    ]);
    await openHubSnapshot({ ...options, repo, revision: first.commit });
    expect(server!.requests).toHaveLength(asked + 1);
  });

  it('uses what Python has downloaded, offline and online', async () => {
    const options = await start();
    const commit = server!.head('model', 'org/tiny');
    const root = `${options.cacheDir}/models--org--tiny`;
    for (const folder of ['blobs', 'refs', `snapshots/${commit}`])
      mkdirSync(`${root}/${folder}`, { recursive: true });
    const hash = '7c9a41cdd9d2a4fe4a6dd0c3fdb8a0ee0c8e3a00';
    writeFileSync(`${root}/refs/main`, commit);
    writeFileSync(`${root}/blobs/${hash}`, 'from Python');
    symlinkSync(`../../blobs/${hash}`, `${root}/snapshots/${commit}/config.json`);

    const offline = await open({ ...options, env: { ...options.env, HF_HUB_OFFLINE: '1' } });
    expect(await offline.folder.list()).toEqual(['config.json']);
    expect(await readText(offline.folder, 'config.json')).toBe('from Python');
    expect(server!.requests).toEqual([]);
    await expect(offline.fetchFile('model.safetensors')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await readText((await open(options)).folder, 'config.json')).toBe('from Python');
  });

  it('falls back on the cache when the network is down, and says so', async () => {
    const options = await start();
    await (await open(options)).fetchFile('config.json');
    await server!.close();
    const notes: string[] = [];
    const snapshot = await open({ ...options, onNote: (message) => notes.push(message) });
    expect(await readText(snapshot.folder, 'config.json')).toBe(files['config.json']);
    expect(notes).toEqual([expect.stringMatching(/ECONNREFUSED.*The cache has org\/tiny at [0-9a-f]{12}/)]);
    await expect(
      openHubSnapshot({ ...options, repo: { type: 'model', name: 'org/other' } }),
    ).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
    });
  });
});

it('fetches only what is named, by paths or patterns', async () => {
  const options = await start();
  const snapshot = await open(options);
  const folder = await snapshot.fetchFiles(['*.json', 'data/**', 'config.json']);
  expect(await openFolder(folder).list()).toEqual(['config.json', 'data/empty.txt']);
  expect(server!.requests.filter(({ path }) => path.includes('/resolve/'))).toHaveLength(1);
  await expect(snapshot.fetchFiles(['*.gguf'])).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: 'The model org/tiny has no file *.gguf at main.',
  });
});

describe('a download', () => {
  it('that breaks, ends early or falls silent goes on where it stopped', async () => {
    const faults = [
      { after: 100_000, then: 'hang-up' },
      { after: 50_000, then: 'end' },
      { after: 20_000, then: 'silence' },
    ] as const;
    let broken = 0;
    const options = await start({ fault: ({ host }) => (host === 'storage' ? faults[broken++] : undefined) });
    const snapshot = await open({ ...options, idleTimeoutMs: 300 });
    expect(readFileSync(await snapshot.fetchFile('model.safetensors')).equals(weights)).toBe(true);
    const stored = server!.requests.filter(({ host }) => host === 'storage');
    expect(stored.map(({ range }) => range)).toEqual([
      undefined,
      'bytes=100000-',
      'bytes=150000-',
      'bytes=170000-',
    ]);
  });

  it('that comes damaged is refused and not kept', async () => {
    const options = await start({ fault: ({ host }) => (host === 'storage' ? 'corrupt' : undefined) });
    const snapshot = await open(options);
    await expect(snapshot.fetchFile('model.safetensors')).rejects.toMatchObject({
      code: 'BAD_FILE',
      message: expect.stringContaining('model.safetensors arrived whole, but') as string,
    });
    expect(readdirSync(`${options.cacheDir}/models--org--tiny/blobs`)).toEqual([]);
  });
});
