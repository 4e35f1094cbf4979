import { execFileSync } from 'node:child_process';
import os from 'node:os';
import { afterEach, expect, it } from 'vitest';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { readEnvironment, stageEnvironmentSchema } from './stage-environment.ts';

const folder = temporaryFolder();
afterEach(() => folder.remove());

const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
    cwd: folder.path,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();

it('says what computes, and nothing of who or where', async () => {
  const found = await readEnvironment(folder.path);
  expect(stageEnvironmentSchema.parse(found)).toEqual(found);
  expect(found).toMatchObject({ node: process.version, memory: os.totalmem() });
  expect(found.bezoar).toMatch(/^\d+\.\d+\.\d+/);
  expect(found.os).toMatch(/^\w+ \w+ \d+[\d.]*$/);
  expect(found).not.toHaveProperty('git');
  const text = JSON.stringify(found);
  for (const secret of [os.hostname(), os.homedir(), folder.path]) expect(text).not.toContain(secret);
});

it('names the commit of the recipe, and whether files have changed since', async () => {
  git('init');
  folder.file('recipe.yaml', 'name: a\n');
  git('add', '.');
  git('commit', '-m', 'a');
  const commit = git('rev-parse', 'HEAD');
  folder.file('new.txt', 'git does not know it');
  expect((await readEnvironment(folder.path)).git).toEqual({ commit, changed: false });
  folder.file('recipe.yaml', 'name: b\n');
  expect((await readEnvironment(folder.path)).git).toEqual({ commit, changed: true });
});
