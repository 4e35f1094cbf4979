import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readKernels, readSources } from './read-kernels.ts';
import { kernelSignatures } from './kernel-signatures.ts';

describe('kernelSignatures', () => {
  it('is what the sources declare', async () => {
    const files = readKernels(await readSources(fileURLToPath(new URL('../../kernels/', import.meta.url))));
    const declared = files.map(({ module, kernels }) => [
      module,
      Object.fromEntries(kernels.map(({ name, parameters }) => [name, parameters])),
    ]);
    expect(kernelSignatures).toEqual(Object.fromEntries(declared));
  });
});
