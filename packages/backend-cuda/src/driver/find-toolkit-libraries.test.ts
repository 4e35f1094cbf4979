import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { findToolkitLibraries } from './find-toolkit-libraries.ts';

const root = mkdtempSync(path.join(tmpdir(), 'bezoar-toolkit-'));
afterAll(() => rmSync(root, { recursive: true }));

function file(...parts: string[]): string {
  const at = path.join(root, ...parts);
  mkdirSync(path.dirname(at), { recursive: true });
  writeFileSync(at, '');
  return at;
}

it('looks in the toolkit, then in the Python environment, then asks the loader', () => {
  const inToolkit = file('cuda', 'lib64', 'libx.so.12');
  const inPython = file('venv', 'lib', 'python3.12', 'site-packages', 'nvidia', 'x', 'lib', 'libx.so.13');
  const env = { CUDA_HOME: path.join(root, 'cuda'), VIRTUAL_ENV: path.join(root, 'venv') };
  const names = ['libx.so.13', 'libx.so.12'];
  expect(findToolkitLibraries(names, { env, platform: 'linux' })).toEqual([inToolkit, inPython, ...names]);
  expect(findToolkitLibraries(names, { env: {}, platform: 'linux' })).toEqual(names);
});
