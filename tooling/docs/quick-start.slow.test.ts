import { startHubServer, type HubServer } from '@bezoar/hub/testing';
import { startChatServer, type ChatServer } from '@bezoar/llm/testing';
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import pureTeacher from '../../packages/bezoar/src/__fixtures__/pure-teacher.ts';
import { root } from '../workspace/read-packages.ts';
import { readSnippets } from './read-snippets.ts';

/**
 * The quick start is followed to the letter, from an empty folder. Three things stand in for the world outside: the packages of this
 * workspace for the registry, a server on loopback for the provider, and one for the Hub, whose SmolLM2 is the quickstart's tiny model.
 */
const run = promisify(execFile);
const markdown = readFileSync(join(root, 'docs/quick-start.md'), 'utf8');
const commands = readSnippets(markdown, 'sh').map(({ code }) => code);
const shown = /^```\n(rows [^]*?)^```$/m.exec(markdown)![1]!;
let folder: string;
let chat: ChatServer;
let hub: HubServer;

beforeAll(async () => {
  await run('pnpm', ['exec', 'tsc', '--build', 'packages/bezoar'], { cwd: root });
  chat = await startChatServer({
    reply: ({ messages, body }) => pureTeacher({ messages, sampleIndex: body['seed'] as number | undefined }),
  });
  const model = join(root, 'recipes/quickstart/model');
  const files = Object.fromEntries(readdirSync(model).map((name) => [name, readFileSync(join(model, name))]));
  hub = await startHubServer({ repos: [{ type: 'model', name: 'HuggingFaceTB/SmolLM2-135M', files }] });
  folder = mkdtempSync(join(tmpdir(), 'bezoar-quick-start-'));
  mkdirSync(join(folder, 'bin'));
  mkdirSync(join(folder, 'empty'));
  const link = join(root, 'packages/bezoar/src/__fixtures__/link-packages.ts');
  tool('npx', `shift; exec node '${join(root, 'packages/bezoar/dist/bin.js')}' "$@"`);
  tool(
    'npm',
    `if [ "$1" = install ]; then exec node --input-type=module --eval "import { linkPackages } from '${link}'; linkPackages(process.cwd());"; fi`,
    'PATH="${PATH#*:}" exec npm --silent "$@"',
  );
});
afterAll(async () => {
  await chat.close();
  await hub.close();
  rmSync(folder, { recursive: true });
});

function tool(name: string, ...lines: readonly string[]): void {
  const path = join(folder, 'bin', name);
  writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(path, 0o755);
}

it('does what it says, from an empty folder', async () => {
  const ended = await run('sh', ['-euc', commands.join('\n')], {
    cwd: join(folder, 'empty'),
    env: {
      PATH: [join(folder, 'bin'), dirname(process.execPath), process.env['PATH']].join(delimiter),
      HOME: folder,
      OPENAI_API_KEY: 'none',
      OPENAI_BASE_URL: chat.url,
      HF_ENDPOINT: hub.url,
      HF_HOME: join(folder, 'hub'),
    },
  });
  const stdout = ended.stdout.replaceAll('\u202f', ' '); // of thousands
  expect(shown.split('\n').length).toBeGreaterThan(8);
  expect(stdout.split(shown)).toHaveLength(3); // the first run, and the one that made nothing
  expect(stdout).toContain('what became of it\n  written: made\n  tidy: kept\n  kept: kept');
  expect(stdout).toMatch(/^\w+ +\d+ +20 +\d+\.\d %/m);
  expect(stdout).toMatch(/^preferred +memory/m);
  expect(stdout).toMatch(/^scores +[^]*exam\/acc[^]*\npreferred +\d\.\d{4} ± /m);
  expect(stdout.trimEnd().split('\n').at(-1)).not.toMatch(/^(Report:|$)/);
});
