import { testBackend } from '@bezoar/backend/testkit';
import { describe, expect, it } from 'vitest';
import { createCudaBackend } from './create-cuda-backend.ts';
import { describeCuda } from './describe-cuda.ts';

const api = { describe, it, expect };
const { devices, cublasLt, reason } = await describeCuda();

if (reason === undefined) {
  const { name } = devices[0]!;
  testBackend({ api, name: `${name}, f32`, create: () => createCudaBackend({ precision: 'f32' }) });
  const ways = [
    { gemm: 'own', keepDecoded: false },
    { gemm: 'own', keepDecoded: true },
    ...(devices[0]!.capability === 90 ? [{ gemm: 'wgmma', keepDecoded: false } as const] : []),
    ...(cublasLt === undefined ? [] : [{ gemm: 'cublaslt', keepDecoded: false } as const]),
  ] as const;
  for (const way of ways) {
    testBackend({
      api,
      name: `${name}, bf16 operands, ${way.gemm}${way.keepDecoded ? ', decoded weights kept' : ''}`,
      // Operands have 8 significant bits: errors of 2⁻⁹ each, averaged over a sum.
      tolerance: 1000,
      create: () => createCudaBackend(way),
      skip: [
        {
          case: 'linear + fill: inputs disposed right after the call, and their memory used again',
          reason: 'it compares with f32 precision; the f32 run covers it',
        },
        ...['lengths 1, 1 heads on 1 of 8', 'lengths 6, 2 heads on 2 of 8, window 1'].map((each) => ({
          case: `attentionBackward: ${each}`,
          reason:
            'with one key the gradient is exactly 0, which rounded operands miss; the f32 run covers it',
        })),
      ],
    });
  }
} else {
  describe.skip(`cuda (skipped: ${reason})`, () => it('conforms', () => undefined));
}
