import { describe, expect, it } from 'vitest';
import { manifestProblems, staleFiles, unbuiltFiles } from './manifest-problems.ts';
import type { Manifest } from './read-packages.ts';

const manifest: Manifest = {
  name: '@bezoar/sample',
  version: '0.1.0',
  type: 'module',
  license: 'Apache-2.0',
  description: 'A sample.',
  engines: { node: '>=22.13' },
  bin: { sample: './dist/bin.js' },
  exports: {
    '.': { '@bezoar/source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' },
    './package.json': './package.json',
  },
};
const packed = [
  'package.json',
  'README.md',
  'LICENSE',
  'src/index.ts',
  'dist/index.js',
  'dist/index.d.ts',
  'dist/bin.js',
];

describe('manifestProblems', () => {
  it('has nothing to say about a good package', () => {
    expect(manifestProblems({ manifest, packed })).toEqual([]);
  });

  it.each([
    ['README.md', 'The tarball has no README.md.'],
    ['LICENSE', 'The tarball has no LICENSE.'],
    ['dist/bin.js', 'bin: ./dist/bin.js is not in the tarball.'],
    ['dist/index.d.ts', 'exports["."].types: ./dist/index.d.ts is not in the tarball.'],
    ['src/index.ts', 'exports["."].@bezoar/source: ./src/index.ts is not in the tarball.'],
  ])('misses %s', (file, problem) => {
    expect(manifestProblems({ manifest, packed: packed.filter((name) => name !== file) })).toEqual([problem]);
  });

  it.each(['dist/rng.test.js', 'src/rng.golden.test.ts', 'dist/.tsbuildinfo', 'src/__fixtures__/case.json'])(
    'refuses %s',
    (file) => {
      expect(manifestProblems({ manifest, packed: [...packed, file] })).toEqual([
        `The tarball holds ${file}.`,
      ]);
    },
  );

  it('refuses install scripts', () => {
    const scripts = { postinstall: 'node fetch.js' };
    expect(manifestProblems({ manifest: { ...manifest, scripts }, packed })).toEqual([
      'package.json: there is an install script (postinstall).',
    ]);
  });

  it('refuses an entry whose build does not come from its source', () => {
    const exports = {
      '.': { '@bezoar/source': './src/main.ts', types: './dist/main.d.ts', default: './dist/index.js' },
    };
    const files = [...packed, 'src/main.ts', 'dist/main.d.ts', 'dist/main.js'];
    expect(manifestProblems({ manifest: { ...manifest, exports }, packed: files })).toEqual([
      'exports["."].default: ./dist/index.js instead of ./dist/main.js.',
    ]);
  });

  it('refuses a package that does not say which Node it needs', () => {
    const { engines: _, ...rest } = manifest;
    expect(manifestProblems({ manifest: rest, packed })).toEqual(['package.json: engines.node is not set.']);
  });
});

describe('unbuiltFiles', () => {
  it('names what a release would lack', () => {
    const files = ['dist', 'README.md', 'lib/kernels', '!**/*.test.*'];
    expect(unbuiltFiles({ manifest: { ...manifest, files }, packed })).toEqual([
      'files: lib/kernels is not in the tarball: it was not built.',
    ]);
    const built = [...packed, 'lib/kernels/manifest.json'];
    expect(unbuiltFiles({ manifest: { ...manifest, files }, packed: built })).toEqual([]);
  });
});

describe('staleFiles', () => {
  it('names what was built from a source that is gone', () => {
    const sources = ['src/index.ts', 'src/bin.ts'];
    expect(staleFiles({ packed: [...packed, ...sources] })).toEqual([]);
    expect(staleFiles({ packed: [...packed, ...sources, 'dist/old/name.js'] })).toEqual([
      'dist/old/name.js has no source: it was built from an older checkout.',
    ]);
  });
});
