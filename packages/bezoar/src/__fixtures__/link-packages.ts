import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const root = fileURLToPath(new URL('../../../..', import.meta.url));

/** Gives a project what its package.json names, and nothing else: the packages of this workspace, and its tools. */
export function linkPackages(project: string): void {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as Manifest;
  const link = (name: string, to: string): void => {
    const at = join(project, 'node_modules', name);
    mkdirSync(dirname(at), { recursive: true });
    symlinkSync(join(root, to), at, 'dir');
  };
  for (const name of Object.keys(dependencies)) link(name, `packages/${name.replace('@bezoar/', '')}`);
  for (const name of Object.keys(devDependencies)) link(name, `node_modules/${name}`);
}
