import type { Backend, Tensor } from '@bezoar/backend';
import { afterEach, describe, expect, it } from 'vitest';
import { isMissing, kernels, library, noise, resetFake } from '../__fixtures__/fake-cuda.ts';
import { createCudaBackend } from '../create-cuda-backend.ts';

describe.skipIf(isMissing)('products over the fake driver (it needs g++)', () => {
  afterEach(resetFake);

  describe('with decoded weights kept', () => {
    const [tokens, inputs, outputs] = [12, 72, 264];

    /** Products with an NF4 weight, forward and backward, three times. */
    async function products(backend: Backend): Promise<Float32Array[]> {
      const dense = backend.upload('f32', [outputs, inputs], noise(outputs * inputs, 1));
      const weight = backend.nf4Quantize({ weight: dense, doubleQuant: true });
      dense.dispose();
      const x = backend.upload('f32', [tokens, inputs], noise(tokens * inputs, 2));
      const results = [];
      for (let round = 0; round < 3; round++) {
        const out = backend.alloc('f32', [tokens, outputs]);
        const dX = backend.alloc('f32', [tokens, inputs]);
        backend.linear({ x, weight, out });
        backend.linearBackwardInput({ dOut: out, weight, dX });
        results.push(await backend.download(out), await backend.download(dX));
        out.dispose();
        dX.dispose();
      }
      weight.dispose();
      x.dispose();
      return results;
    }

    it('gives the same bits as decoding before every product, and gives the memory back', async () => {
      const [again, kept] = [
        await createCudaBackend({ library, kernels }),
        await createCudaBackend({ library, kernels, keepDecoded: true }),
      ];
      const expected = await products(again);
      expect(await products(kept)).toEqual(expected);
      // The next decoded weight takes the place of the one that was disposed of.
      await products(kept);
      const { busiest } = kept.memory();
      expect(await products(kept)).toEqual(expected);
      expect(kept.memory().busiest).toBeLessThan(busiest + outputs * inputs * 2);
      expect(kept.memory().live).toBe(0);
      await again.dispose();
      await kept.dispose();
    });

    it('lets go of them when something else needs the memory', async () => {
      process.env['FAKE_CUDA_MEMORY'] = String(8 * 2 ** 20);
      const backend = await createCudaBackend({ library, kernels, keepDecoded: true });
      const dense = backend.upload('f32', [outputs, inputs], noise(outputs * inputs, 1));
      const weight = backend.nf4Quantize({ weight: dense });
      dense.dispose();
      const x = backend.upload('f32', [tokens, inputs], noise(tokens * inputs, 2));
      const out = backend.alloc('f32', [tokens, outputs]);
      backend.linear({ x, weight, out });
      const before = await backend.download(out);
      const fillers: Tensor[] = [];
      const fill = (): void => {
        for (;;) fillers.push(backend.alloc('f32', [2 ** 14]));
      };
      expect(fill).toThrow(expect.objectContaining({ code: 'OUT_OF_MEMORY' }));
      fillers.pop()!.dispose();
      const { busiest } = backend.memory();
      backend.linear({ x, weight, out });
      expect(await backend.download(out)).toEqual(before);
      expect(backend.memory().busiest).toBe(busiest);
      await backend.dispose();
    });
  });

  describe('with warpgroup instructions', () => {
    const products = async (gemm: 'own' | 'wgmma'): Promise<Float32Array[]> => {
      const backend = await createCudaBackend({ library, kernels, gemm });
      expect(backend.capabilities.description).toBe(
        `cuda fake device, bf16${gemm === 'wgmma' ? ', wgmma' : ''}`,
      );
      const results = [];
      // Less than a tile, more than one in each direction, depths that no step or instruction fills.
      for (const [tokens, inputs, outputs] of [
        [9, 64, 16],
        [150, 200, 136],
        [130, 72, 264],
      ] as const) {
        const x = backend.upload('f32', [tokens, inputs], noise(tokens * inputs, 1));
        const weight = backend.upload('f32', [outputs, inputs], noise(outputs * inputs, 2));
        const bias = backend.upload('f32', [outputs], noise(outputs, 3));
        const out = backend.upload('f32', [tokens, outputs], noise(tokens * outputs, 4));
        backend.linear({ x, weight, bias, out, accumulate: true });
        const dX = backend.alloc('f32', [tokens, inputs]);
        backend.linearBackwardInput({ dOut: out, weight, dX });
        results.push(await backend.download(out), await backend.download(dX));
      }
      await backend.dispose();
      return results;
    };

    // The fake driver takes their descriptors of shared memory apart, and sums as it does for mma.sync.
    it('multiplies to the bits of the other kernels', async () => {
      process.env['FAKE_CUDA_CAPABILITY'] = '90';
      expect(await products('wgmma')).toEqual(await products('own'));
    });

    it('uses the other kernels where the GPU has no such instructions', async () => {
      const backend = await createCudaBackend({ library, kernels, gemm: 'wgmma' });
      expect(backend.capabilities.description).toBe('cuda fake device, bf16');
      await backend.dispose();
    });
  });

  describe('with cuBLASLt', () => {
    const [tokens, inputs, outputs] = [40, 72, 104];
    const withLibrary = (gemm: 'own' | 'cublaslt'): Promise<Backend> =>
      createCudaBackend({ library, kernels, gemm, cublas: library });

    /** Products of all forms: with a bias, added to what is there, scaled, with an NF4 weight. */
    async function products(backend: Backend): Promise<Float32Array[]> {
      const tensor = (rows: number, columns: number, seed: number): Tensor<'f32'> =>
        backend.upload('f32', [rows, columns], noise(rows * columns, seed));
      const [x, weight, dOut] = [
        tensor(tokens, inputs, 1),
        tensor(outputs, inputs, 2),
        tensor(tokens, outputs, 3),
      ];
      const out = tensor(tokens, outputs, 4);
      const bias = backend.upload('f32', [outputs], noise(outputs, 5));
      backend.linear({ x, weight, bias, out, accumulate: true });
      const dX = tensor(tokens, inputs, 6);
      const nf4 = backend.nf4Quantize({ weight });
      backend.linearBackwardInput({ dOut, weight: nf4, dX });
      const dWeight = tensor(outputs, inputs, 7);
      backend.linearBackwardWeight({ x, dOut, dWeight });
      const [a, b] = [tensor(8, inputs, 8), tensor(outputs, 8, 9)];
      const u = backend.alloc('f32', [tokens, 8]);
      backend.loraForward({ x, a, b, scale: 0.5, u, out });
      const results = await Promise.all([out, dX, dWeight].map((each) => backend.download(each)));
      await backend.dispose();
      return results;
    }

    it('multiplies as the own kernels do, in another order', async () => {
      const backend = await withLibrary('cublaslt');
      expect(backend.capabilities.description).toBe('cuda fake device, bf16, cuBLASLt');
      const results = await products(backend);
      for (const [index, own] of (await products(await withLibrary('own'))).entries()) {
        const difference = Math.max(...own.map((value, i) => Math.abs(value - results[index]![i]!)));
        expect(difference).toBeLessThan(1e-5 * Math.max(...own.map(Math.abs)));
        expect(difference).toBeGreaterThan(0);
      }
      expect(await products(await withLibrary('cublaslt'))).toEqual(results);
    });

    it('leaves to the own kernels what it has no algorithm for', async () => {
      process.env['FAKE_CUBLAS_MOST'] = '1';
      const results = await products(await withLibrary('cublaslt'));
      delete process.env['FAKE_CUBLAS_MOST'];
      expect(results).toEqual(await products(await withLibrary('own')));
    });

    it('is refused when it is asked for and not there, and left out when it may be', async () => {
      const options = { library, kernels, cublas: '/nowhere/libcublasLt.so.13' };
      await expect(createCudaBackend({ ...options, gemm: 'cublaslt' })).rejects.toMatchObject({
        code: 'BACKEND_UNAVAILABLE',
        data: { files: ['/nowhere/libcublasLt.so.13'] },
      });
      const backend = await createCudaBackend({ ...options, gemm: 'auto' });
      expect(backend.capabilities.description).toBe('cuda fake device, bf16');
      await backend.dispose();
    });
  });
});
