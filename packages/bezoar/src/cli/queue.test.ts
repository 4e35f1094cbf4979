import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spawnCli } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';

const folder = temporaryFolder();
/** Nobody listens there. */
let port: number;

beforeAll(async () => {
  folder.jsonl('seeds.jsonl', [{ instruction: 'Say hello.' }]);
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  ({ port } = server.address() as AddressInfo);
  await new Promise((resolve) => server.close(resolve));
});
afterAll(() => folder.remove());

const datagen = (...more: string[]): string[] => [
  ...['datagen', '--scheme', 'evol', '--model', 'openai:teacher', '--seeds', 'seeds.jsonl', '--out', 'out'],
  ...more,
];
const worker = (...more: string[]): string[] => ['worker', '--model', 'openai:teacher', ...more];
const local = ['--base-url', 'http://127.0.0.1:1/v1'];

/** Runs a command that must fail: one sentence on stderr, nothing written. */
async function failure(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await spawnCli(args, { cwd: folder.path });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^bezoar: [^\n]+\n$/);
  expect(existsSync(join(folder.path, 'out'))).toBe(false);
  return stderr;
}

describe('a queue that cannot be reached', () => {
  it.each([
    ['the run', datagen],
    ['a worker', (...more: string[]) => worker(...more, ...local)],
  ])('%s says where it looked, without the password, and ends', async (_, command) => {
    const said = await failure(command('--queue', `redis://me:secret@127.0.0.1:${port}/3`));
    expect(said).toContain(`The queue at redis://127.0.0.1:${port}/3 does not answer: connect ECONNREFUSED`);
    expect(said).not.toContain('secret');
  });
});

it.each([
  ['no address of a queue', datagen('--queue', 'localhost'), 'queue: write redis://host:6379'],
  ['no address for a worker', worker(...local, '--queue', 'localhost'), 'is no redis:// URL'],
  ['batches', datagen('--queue', 'redis://h', '--batch'), 'cannot be asked in batches and over a queue'],
  ['a worker without a key', worker('--queue', 'redis://h'), 'There is no API key for openai:teacher'],
  ['no price', worker('--queue', 'redis://h', ...local, '--budget', '1'), 'no price'],
  ['no concurrency', worker('--queue', 'redis://h', ...local, '--concurrency', '0'), 'concurrency: '],
])('refuses %s', async (_, args, sentence) => {
  expect(await failure(args)).toContain(sentence);
});
