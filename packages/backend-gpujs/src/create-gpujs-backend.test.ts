import { quantizeNf4, uploadNf4 } from '@bezoar/backend';
import { describe, expect, it, vi } from 'vitest';
import { createGpuJsBackend } from './create-gpujs-backend.ts';
import { describeGpuJs } from './describe-gpujs.ts';
import { loadGpuJs } from './gpujs/gpujs-module.ts';
import { openGpu } from './gpujs/open-gpu.ts';

describe('the mode', () => {
  it('is in the description, and `auto` is the first of those that run here', async () => {
    const { modes, reason } = await describeGpuJs();
    expect(reason).toBeUndefined();
    expect(modes.slice(-2)).toEqual(['webasm', 'cpu']);
    for (const mode of [...modes, 'auto'] as const) {
      const backend = await createGpuJsBackend({ mode });
      expect(backend.capabilities.description).toContain(`gpu.js ${mode === 'auto' ? modes[0]! : mode}`);
      await backend.dispose();
    }
  });

  it('that cannot run here is refused, with what it needs and what there is', async () => {
    await expect(createGpuJsBackend({ mode: 'webgl2' })).rejects.toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
      advice: expect.stringMatching(/browsers.*Here run: .*webasm, cpu\.$/) as string,
    });
  });

  it('is read from the kernel: one that gpu.js has put in its place is refused', async () => {
    const module = await loadGpuJs();
    const form = { output: [1, 1], fours: false, to: 'array' } as const;
    const [wanted, other] = await Promise.all(
      (['webasm', 'cpu'] as const).map((mode) => openGpu(module, { mode, asyncMode: false })),
    );
    const kernel = other!.createKernel('function () { return 1; }', form);
    await kernel();
    expect(() => other!.requireMode(kernel)).not.toThrow();
    expect(() => wanted!.requireMode(kernel)).toThrow('runs a kernel in mode cpu instead of webasm');
  });
});

it('names what to install when gpu.js is missing', async () => {
  vi.doMock('gpu.js', () => {
    throw new Error('not found');
  });
  await expect(loadGpuJs()).rejects.toMatchObject({
    code: 'MISSING_DEPENDENCY',
    advice: 'Install it beside @bezoar/backend-gpujs: npm install gpu.js',
  });
  vi.doUnmock('gpu.js');
});

describe.each(['cpu', 'webasm'] as const)('%s', (mode) => {
  it('sums more than the thousand steps that loops of gpu.js have by default', async () => {
    const backend = await createGpuJsBackend({ mode });
    const ones = (shape: readonly number[]) => backend.upload('f32', shape, new Float32Array(3200).fill(1));
    const out = backend.alloc('f32', [1, 1]);
    backend.linear({ x: ones([1, 3200]), weight: ones([1, 3200]), out });
    expect(await backend.download(out)).toEqual(Float32Array.of(3200));
    await backend.dispose();
  });

  it('keeps NF4 packed: a byte to a weight and its scales, and not more after it was multiplied', async () => {
    const backend = await createGpuJsBackend({ mode });
    const [rows, columns] = [64, 128];
    const values = Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i));
    const weight = uploadNf4(backend, [rows, columns], quantizeNf4(values));
    const x = backend.alloc('f32', [1, columns]);
    const out = backend.alloc('f32', [1, rows]);
    backend.linear({ x, weight, out });
    // Four bytes for every 64 weights, the activations, and the table of NF4.
    const scales = (rows * columns * 4) / 64;
    expect(backend.memory().held).toBeLessThanOrEqual(
      rows * columns + scales + 4 * (2 * columns + rows + 16),
    );
    await backend.dispose();
  });
});
