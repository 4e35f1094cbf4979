import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { linkPackages } from '../__fixtures__/link-packages.ts';
import { instructionRows } from '../__fixtures__/sample-rows.ts';
import { spawnCli } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const at = (...names: string[]): string => join(folder.path, ...names);
const init = (...args: string[]): ReturnType<typeof spawnCli> =>
  spawnCli(['init', ...args], { cwd: folder.path });

describe('bezoar init without a terminal', () => {
  it('asks nothing, writes a project, and says how to go on', async () => {
    const { code, stdout, stderr } = await init('made', '--teacher', 'openai:gpt-4o-mini');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /cd made\n +npm install\n +cp \.env\.example \.env +# and write OPENAI_API_KEY into it/,
    );
    const listed = Array.from(stdout.matchAll(/^new +(\S+)$/gm), ([, path]) => path!);
    for (const path of listed) expect(readFileSync(at('made', path), 'utf8')).not.toBe('');
    expect(readdirSync(at('made')).sort()).toEqual(
      [...new Set(listed.map((path) => path.split('/')[0]!))].sort(),
    );
  });

  it('replaces nothing unless it is told to', async () => {
    folder.file('README.md', 'mine');
    const refused = await init('.', '--goal', 'data');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(
      /^bezoar: .* already has README\.md\. Choose another folder, or .*--force\.\n$/,
    );
    expect(existsSync(at('recipe.yaml'))).toBe(false);

    const shown = await init('.', '--goal', 'data', '--dry-run');
    expect(shown.stdout).toMatch(/^replaced +README\.md$/m);
    expect(readFileSync(at('README.md'), 'utf8')).toBe('mine');

    expect(await init('.', '--goal', 'data', '--force')).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(at('README.md'), 'utf8')).toMatch(/^# bezoar-cli-/);
  });

  it.each([
    [['x', '--goal', 'modle'], 2, 'There is no goal modle. Did you mean model?'],
    [['x', '--goal', 'data', '--preferences', 'p.jsonl'], 2, '--preferences is for model, not for data.'],
    [['x', '--budget', 'much'], 1, '--budget is "much"; a number is needed.'],
    [['x', '--seeds', 'nowhere.jsonl'], 1, 'There is no nowhere.jsonl, which --seeds names.'],
    [['x', 'y'], 2, 'too many arguments'],
  ])('refuses %o', async (args, code, sentence) => {
    const result = await init(...args);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toMatch(/^bezoar: [^\n]+\n$/);
    expect(result.stderr).toContain(sentence);
    expect(existsSync(at('x'))).toBe(false);
  });
});

it('makes a project of rows that runs as it is, from the recipe and from its own program', async () => {
  folder.jsonl('own.jsonl', instructionRows);
  await init('rows', '--goal', 'data', '--seeds', 'own.jsonl');
  linkPackages(at('rows'));
  const cwd = at('rows');

  const ran = await spawnCli(['run', 'recipe.yaml'], { cwd });
  expect(ran.stderr).not.toContain('bezoar:');
  expect(ran.code).toBe(0);
  const [, kept] = /^kept +\d+ +(\d+)/m.exec(ran.stdout)!;
  expect(Number(kept)).toBeGreaterThan(20);
  for (const reason of ['too-short', 'rejected-by-judge']) expect(ran.stdout).toContain(reason);

  const stream = (count: number): ReturnType<typeof spawnSync> =>
    spawnSync(process.execPath, ['--conditions=@bezoar/source', 'src/stream.ts', String(count)], {
      cwd,
      encoding: 'utf8',
    });
  const first = stream(6);
  const rows = String(first.stdout).trim().split('\n');
  expect(rows.map((row) => Object.keys(JSON.parse(row) as object))).toHaveLength(6);
  const again = stream(6);
  expect(again.stdout).toBe(first.stdout);
  const calls = (text: unknown): string | undefined => /^(\d+) calls so far/m.exec(String(text))?.[1];
  expect(calls(first.stderr)).toMatch(/^[1-9]/);
  expect(calls(again.stderr)).toBe(calls(first.stderr));

  writeFileSync(
    at('rows/recipe.yaml'),
    readFileSync(at('rows/recipe.yaml'), 'utf8').replace('written:', 'wrote:'),
  );
  expect(String(stream(6).stderr)).toContain('tidy');
});
