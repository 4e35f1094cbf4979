import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { layers } from '../lint/layers.ts';
import { findCycle } from './find-cycle.ts';
import { isBinaryPackage, readJson, readPackages, root, type WorkspacePackage } from './read-packages.ts';
import { valueImports } from './value-imports.ts';

const all = readPackages();
const packages = all.filter((item) => !isBinaryPackage(item));
const published = packages.filter(({ manifest }) => manifest.private !== true);
const folderOf = new Map(packages.map(({ folder, manifest }) => [manifest.name, folder]));

interface ProjectFile {
  readonly references: readonly { readonly path: string }[];
}

function workspaceDependencies({ manifest }: WorkspacePackage): string[] {
  return Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).filter((name) =>
    folderOf.has(name),
  );
}

function sourceFiles(folder: string): string[] {
  return readdirSync(join(root, folder, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, 'src', file));
}

/** Source files of a package with the relative files that they need at run time. */
function sourceGraph(folder: string): Map<string, readonly string[]> {
  return new Map(
    sourceFiles(folder).map((file) => {
      const imports = valueImports(readFileSync(join(root, file), 'utf8')).filter((name) =>
        name.startsWith('.'),
      );
      return [file, imports.map((name) => join(dirname(file), name))];
    }),
  );
}

describe('findCycle', () => {
  it('finds a cycle and names the way round', () => {
    const graph = new Map([
      ['a', ['b']],
      ['b', ['c', 'd']],
      ['c', []],
      ['d', ['b']],
    ]);
    expect(findCycle(graph)).toEqual(['b', 'd', 'b']);
  });

  it('finds none in a diamond', () => {
    const graph = new Map([
      ['a', ['b', 'c']],
      ['b', ['d']],
      ['c', ['d']],
      ['d', []],
    ]);
    expect(findCycle(graph)).toBeUndefined();
  });
});

describe('valueImports', () => {
  it('leaves out what only types need', () => {
    const code = `
      import type { A } from './a.ts';
      import { b } from './b.ts';
      import { type C, d } from './d.ts';
      import './e.ts';
      export type { F } from './f.ts';
      export { g } from './g.ts';
      export const text = "import { x } from './x.ts'";
    `;
    expect(valueImports(code)).toEqual(['./b.ts', './d.ts', './e.ts', './g.ts']);
  });
});

describe('the workspace', () => {
  it('has a layer for every package but the CLI', () => {
    const names = published.map(({ folder }) => folder.slice('packages/'.length));
    expect(names.filter((name) => name !== 'bezoar')).toEqual(Object.keys(layers).sort());
  });

  it('has a package for each library of kernels, optional for the backend', () => {
    const binaries = all.filter(isBinaryPackage).map(({ manifest }) => manifest.name);
    const { optionalDependencies = {} } = packages.find(
      ({ folder }) => folder === 'packages/backend-cpu',
    )!.manifest;
    expect(binaries).toEqual(['@bezoar/backend-cpu-linux-arm64', '@bezoar/backend-cpu-linux-x64']);
    expect(Object.keys(optionalDependencies)).toEqual(binaries);
  });

  it('has no cycle between packages, tests included', () => {
    expect(
      findCycle(new Map(packages.map((item) => [item.manifest.name, workspaceDependencies(item)]))),
    ).toBeUndefined();
  });

  it.each(published)('$folder depends only on its layers', ({ folder, manifest }) => {
    const allowed = layers[folder.slice('packages/'.length)] ?? Object.keys(layers); // the CLI may use all
    const used = Object.keys(manifest.dependencies ?? {}).filter(
      (name) => name === 'bezoar' || name.startsWith('@bezoar/'),
    );
    expect(allowed.map((name) => `@bezoar/${name}`)).toEqual(expect.arrayContaining(used));
  });

  it.each(packages)('$folder has a project reference for every workspace dependency', (item) => {
    const references = readJson<ProjectFile>(join(item.folder, 'tsconfig.json')).references.map(({ path }) =>
      join(item.folder, path),
    );
    const wanted = workspaceDependencies(item).map((name) => folderOf.get(name)!);
    expect(references).toEqual(expect.arrayContaining(wanted));
  });

  // knip looks after all others; it cannot tell these from the root's, which recipes and documents may use.
  it.each(packages)('$folder imports every workspace package that it depends on', (item) => {
    const code = sourceFiles(item.folder)
      .map((file) => readFileSync(join(root, file), 'utf8'))
      .join('\n');
    const unused = workspaceDependencies(item).filter((name) => !new RegExp(`from '${name}[/']`).test(code));
    expect(unused).toEqual([]);
  });

  it.each(packages)('$folder has no import cycle', ({ folder }) => {
    expect(findCycle(sourceGraph(folder))).toBeUndefined();
  });

  it('builds and tests every package from the root', () => {
    const built = readJson<ProjectFile>('tsconfig.json').references.map(({ path }) => path);
    expect(built).toEqual(expect.arrayContaining(packages.map(({ folder }) => folder)));
  });
});
