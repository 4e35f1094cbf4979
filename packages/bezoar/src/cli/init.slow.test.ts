import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linkPackages } from '../__fixtures__/link-packages.ts';
import { spawnCli } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';

/** What a user does with a new project: types, the run, and both programs, against the packages of this workspace. */
const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../..', import.meta.url));
const folder = temporaryFolder();
beforeAll(() => run('pnpm', ['exec', 'tsc', '--build', 'packages/bezoar'], { cwd: root }));
afterAll(() => folder.remove());

async function make(name: string, args: readonly string[]): Promise<string> {
  const { code, stderr } = await spawnCli(['init', name, ...args], { cwd: folder.path });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const at = join(folder.path, name);
  linkPackages(at);
  return at;
}

/** As its script "check" does it, on what is published of the packages. */
function check(at: string): Promise<unknown> {
  return run(process.execPath, [join(at, 'node_modules/typescript/bin/tsc')], { cwd: at });
}

async function program(at: string, args: readonly string[]): Promise<string> {
  return (await run(process.execPath, ['--conditions=@bezoar/source', ...args], { cwd: at })).stdout;
}

describe('a new project', () => {
  it.each([
    ['data, scripted', ['--goal', 'data']],
    [
      'data, with real models',
      ['--goal', 'data', '--teacher', 'openai:gpt-4o-mini', '--judge', 'anthropic:claude-haiku-4-5'],
    ],
    ['finetune', ['--goal', 'finetune']],
    ['model', ['--goal', 'model']],
  ])('of %s has types that fit', async (name, args) => {
    const at = await make(name.replaceAll(/\W+/g, '-'), args);
    await check(at);
  });

  it('that trains runs, goes on from its own program, and answers', async () => {
    const at = await make('trained', ['--base', join(root, 'recipes/quickstart/model')]);
    const { code, stdout, stderr } = await spawnCli(['run', 'recipe.yaml'], { cwd: at });
    expect(stderr).not.toContain('bezoar:');
    expect(code).toBe(0);
    for (const metric of ['exam/acc', 'preference/win_rate']) expect(stdout).toContain(metric);
    const kept = await program(at, ['src/train.ts']);
    expect(kept).toMatch(/^scores: preferred: .*exam\/acc \d\.\d{3}/m);
    expect(kept).not.toContain('begins');
    expect((await program(at, ['src/ask.ts', 'What does the robin eat?'])).trim()).not.toBe('');
  });

  it('that fine-tunes own rows is trained by its program, and goes on after Ctrl-C', async () => {
    const at = await make('tuned', ['--goal', 'finetune', '--base', join(root, 'recipes/quickstart/model')]);
    const child = execFile(process.execPath, ['--conditions=@bezoar/source', 'src/train.ts'], { cwd: at });
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
    child.stdout!.on('data', (text: string) => {
      if (text.includes('step 2 of')) child.kill('SIGINT');
    });
    expect(await ended).not.toBe(0);
    expect(existsSync(join(at, 'runs/tuned/tuned/stage.json'))).toBe(false);
    const lines = await program(at, ['src/train.ts']);
    expect(lines).not.toContain('tuned: step 1 of');
    expect(lines).toMatch(/^tuned: step (\d+) of \1,/m);
    expect(lines).toMatch(/^scores: tuned: /m);
    expect((await program(at, ['src/ask.ts'])).trim()).not.toBe('');
    expect(readFileSync(join(at, 'runs/tuned/report.html'), 'utf8')).toContain('tuned');
  });
});
