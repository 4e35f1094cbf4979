import { createRng } from '@bezoar/core';
import { spawn, type ChildProcess } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { openHubSnapshot } from '../snapshot/open-hub-snapshot.ts';
import { startHubServer, type HubServer, type HubServerFault, type HubServerRequest } from '../testing.ts';

const at = temporaryFolder();
const rng = createRng('weights');
const weights = Buffer.from(Uint8Array.from({ length: 3_000_000 }, () => rng.int(256)));
const repo = { type: 'model', name: 'org/tiny' } as const;
const script = fileURLToPath(new URL('../__fixtures__/fetch-file.ts', import.meta.url));

let server: HubServer;
let cacheDir: string;
let blobs: string;
let faults: (HubServerFault | undefined)[];
let runs = 0;

beforeEach(async () => {
  faults = [];
  cacheDir = at(`cache-${runs++}`);
  blobs = `${cacheDir}/models--org--tiny/blobs`;
  server = await startHubServer({
    repos: [{ ...repo, files: { 'model.safetensors': weights } }],
    fault: ({ host }) => (host === 'storage' ? faults.shift() : undefined),
  });
});
afterEach(() => server.close());

const stored = (): HubServerRequest[] => server.requests.filter(({ host }) => host === 'storage');
const begun = (): string[] =>
  existsSync(blobs) ? readdirSync(blobs).filter((name) => name.endsWith('.incomplete')) : [];
const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

interface Fetching {
  readonly child: ChildProcess;
  /** What it printed. */
  readonly ended: Promise<string>;
}

function startFetching(env: Readonly<Record<string, string>> = {}): Fetching {
  const child = spawn(
    process.execPath,
    ['--conditions=@bezoar/source', script, 'org/tiny', 'model.safetensors'],
    {
      env: { PATH: process.env['PATH'], HF_ENDPOINT: server.url, HF_HUB_CACHE: cacheDir, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  return { child, ended: new Promise((resolve) => child.on('close', () => resolve(printed))) };
}

/** Waits until so many bytes of the download are on disk. */
async function arrived(bytes: number): Promise<void> {
  while (!begun().some((name) => statSync(`${blobs}/${name}`).size >= bytes)) await pause(5);
}

/** A download whose process is killed when so many bytes of it are on disk, some of them from before. */
async function killAt(bytes: number, before = 0): Promise<void> {
  faults.push({ after: bytes - before, then: 'silence' });
  const { child, ended } = startFetching();
  await arrived(bytes);
  child.kill('SIGKILL');
  await ended;
}

async function fetchHere(onNote: (message: string) => void = () => undefined): Promise<Buffer> {
  const snapshot = await openHubSnapshot({ repo, env: { HF_ENDPOINT: server.url }, cacheDir, onNote });
  return readFileSync(await snapshot.fetchFile('model.safetensors'));
}

describe('a download', () => {
  it('that is killed twice goes on where it stopped, and fetches no byte again', async () => {
    await killAt(1_000_000);
    await killAt(1_500_000, 1_000_000);
    const path = await startFetching().ended;
    expect(readFileSync(path).equals(weights)).toBe(true);
    expect(stored().map(({ range }) => range)).toEqual([undefined, 'bytes=1000000-', 'bytes=1500000-']);
    expect(stored().reduce((sum, { sent }) => sum + sent, 0)).toBe(weights.length);
    expect(begun()).toEqual([]);
  });

  it('that was damaged on the disk is fetched anew as a whole', async () => {
    await killAt(1_000_000);
    const [name = ''] = begun();
    const bytes = readFileSync(`${blobs}/${name}`);
    bytes.fill(0, 900_000);
    writeFileSync(`${blobs}/${name}`, bytes);
    expect((await fetchHere()).equals(weights)).toBe(true);
    expect(stored().map(({ range }) => range)).toEqual([undefined, 'bytes=1000000-', undefined]);
  });

  it('begins anew at a server that knows no ranges', async () => {
    await killAt(1_000_000);
    faults.push('no-ranges');
    expect((await fetchHere()).equals(weights)).toBe(true);
    expect(stored().at(-1)).toMatchObject({ range: 'bytes=1000000-', sent: weights.length });
  });

  // The first name until version 1 of Python's package, the other since its version 2.
  it.each(['incomplete', 'a2b46ddc.incomplete'])(
    "goes on from Python's HASH.%s, and leaves that alone",
    async (ending) => {
      await killAt(1_000_000);
      const [name = ''] = begun();
      const python = `${blobs}/${name.split('.')[0]!}.${ending}`;
      renameSync(`${blobs}/${name}`, python);
      expect((await fetchHere()).equals(weights)).toBe(true);
      expect(stored().at(-1)).toMatchObject({ range: 'bytes=1000000-' });
      expect(statSync(python).size).toBe(1_000_000);
    },
  );
});

describe('many processes', () => {
  it('fetch a file once: the others wait for it', async () => {
    faults.push({ after: 1_000_000, then: 'silence' });
    const first = startFetching({ IDLE_MS: '3000' });
    await arrived(1_000_000);
    const paths = await Promise.all([
      first.ended,
      startFetching().ended,
      fetchHere().then((bytes) => bytes.length),
    ]);
    expect(paths).toEqual([paths[0], paths[0], weights.length]);
    expect(stored().map(({ range }) => range)).toEqual([undefined, 'bytes=1000000-']);
  });

  it('take over from one that dies while they wait', async () => {
    faults.push({ after: 1_000_000, then: 'silence' });
    const { child, ended } = startFetching();
    await arrived(1_000_000);
    const others = [startFetching(), startFetching()];
    const notes: string[] = [];
    const here = fetchHere((message) => notes.push(message));
    await pause(600);
    child.kill('SIGKILL');
    await ended;
    const paths = await Promise.all(others.map((each) => each.ended));
    for (const path of paths) expect(readFileSync(path).equals(weights)).toBe(true);
    expect((await here).equals(weights)).toBe(true);
    expect(notes).toEqual([
      'model.safetensors of org/tiny is being downloaded by another process: waiting for it.',
    ]);
    expect(stored().map(({ range }) => range)).toEqual([undefined, 'bytes=1000000-']);
    expect(begun()).toEqual([]);
  });

  it('that begin at the same moment all end with the whole file', async () => {
    const all = Array.from({ length: 4 }, () => startFetching());
    for (const { ended } of all) expect(readFileSync(await ended).equals(weights)).toBe(true);
    expect(begun()).toEqual([]);
  });

  it('of another machine that wrote long ago are dead, of one that wrote just now are not', async () => {
    await killAt(1_000_000);
    const [name = ''] = begun();
    const foreign = `${blobs}/${name.split('.')[0]!}.other-machine-7-0.incomplete`;
    copyFileSync(`${blobs}/${name}`, foreign);
    const waiting = fetchHere();
    await pause(800);
    expect(stored()).toHaveLength(1);
    const hourAgo = Date.now() / 1000 - 3600;
    utimesSync(foreign, hourAgo, hourAgo);
    expect((await waiting).equals(weights)).toBe(true);
    expect(begun()).toEqual([]);
  });
});
