import { expect, it } from 'vitest';
import { releaseProblems, type PackedManifest } from './release-problems.ts';

const core: PackedManifest = { name: '@bezoar/core', version: '0.2.0', dependencies: { zod: '4.6.7' } };
const binary: PackedManifest = { name: '@bezoar/backend-cpu-linux-x64', version: '0.2.0' };
const cpu: PackedManifest = {
  name: '@bezoar/backend-cpu',
  version: '0.2.0',
  dependencies: { '@bezoar/core': '^0.2.0' },
  optionalDependencies: { '@bezoar/backend-cpu-linux-x64': '0.2.0' },
};

it('has nothing to say of one version with ranges of its own, and binaries exactly', () => {
  expect(releaseProblems([core, binary, cpu])).toEqual([]);
});

it.each<[string, PackedManifest, string]>([
  ['another version', { ...core, version: '0.1.0' }, '@bezoar/core is 0.1.0, not 0.2.0.'],
  [
    'a range of the workspace',
    { ...core, peerDependencies: { zod: 'catalog:' } },
    '@bezoar/core wants zod "catalog:", which only the workspace knows.',
  ],
  [
    'an older one of our own',
    { ...core, dependencies: { '@bezoar/backend-cpu': '^0.1.0' } },
    '@bezoar/core wants @bezoar/backend-cpu "^0.1.0" instead of "^0.2.0".',
  ],
  [
    'a range of binaries',
    {
      ...cpu,
      name: '@bezoar/backend-cpu',
      optionalDependencies: { '@bezoar/backend-cpu-linux-x64': '^0.2.0' },
    },
    '@bezoar/backend-cpu wants @bezoar/backend-cpu-linux-x64 "^0.2.0" instead of "0.2.0".',
  ],
])('refuses %s', (_, manifest, problem) => {
  const others = [cpu, binary, core].filter(({ name }) => name !== manifest.name);
  expect(releaseProblems([...others, manifest])).toEqual([problem]);
});
