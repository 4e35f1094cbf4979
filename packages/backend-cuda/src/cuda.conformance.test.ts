import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { testBackend } from '@bezoar/backend/testkit';
import { describe, expect, it } from 'vitest';
import { createCudaBackend } from './create-cuda-backend.ts';

const api = { describe, it, expect };
const kernels = new URL('../lib/fake/', import.meta.url);
const library = fileURLToPath(new URL('libcuda.so', kernels));

// The kernels, compiled for this processor, behind a fake driver: launches, arguments, memory and order are really tested.
if (existsSync(library)) {
  testBackend({
    api,
    name: 'cuda over the fake driver, f32',
    create: () => createCudaBackend({ library, kernels, precision: 'f32' }),
  });
  testBackend({
    api,
    name: 'cuda over the fake driver, bf16 operands',
    // Operands have 8 significant bits: errors of 2⁻⁹ each, averaged over a sum.
    tolerance: 1000,
    create: () => createCudaBackend({ library, kernels, precision: 'bf16' }),
    skip: [
      {
        case: 'linear + fill: inputs disposed right after the call, and their memory used again',
        reason: 'it compares with f32 precision; the f32 run covers it',
      },
      ...['lengths 1, 1 heads on 1 of 8', 'lengths 6, 2 heads on 2 of 8, window 1'].map((name) => ({
        case: `attentionBackward: ${name}`,
        reason: 'with one key the gradient is exactly 0, which rounded operands miss; the f32 run covers it',
      })),
    ],
  });
} else {
  describe.skip('cuda over the fake driver (skipped: it was not built, g++ is needed)', () =>
    it('conforms', () => undefined));
}
