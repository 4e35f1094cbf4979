import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { isMissing, kernels, library, resetFake } from '../__fixtures__/fake-cuda.ts';
import { createCudaBackend } from '../create-cuda-backend.ts';

const nvcc = ['/usr/local/cuda/bin/nvcc', '/usr/local/bin/nvcc'].find((file) => existsSync(file));

describe.skipIf(isMissing)('NVRTC over the fake driver (it needs g++)', () => {
  afterEach(resetFake);
  const options = { library, kernels, nvrtc: true, nvrtcLibrary: library } as const;

  it('compiles the sources with their headers for the GPU, when they are wanted', async () => {
    const backend = await createCudaBackend(options);
    const x = backend.upload('f32', [3], Float32Array.of(1, 2, 3));
    backend.fill({ out: x, value: 2 });
    expect(await backend.download(x)).toEqual(Float32Array.of(2, 2, 2));
    await backend.dispose();
  });

  it.skipIf(nvcc === undefined)('hands over sources that a real compiler takes (it needs nvcc)', async () => {
    Object.assign(process.env, { FAKE_NVRTC_NVCC: `${nvcc} < /dev/null`, FAKE_CUDA_CAPABILITY: '90' });
    const backend = await createCudaBackend(options);
    const x = backend.upload('f32', [2], Float32Array.of(1, 2));
    backend.swiglu({ gate: x, up: x, out: x });
    expect((await backend.download(x))[0]).toBeCloseTo(1 / (1 + Math.exp(-1)));
    await backend.dispose();
  });

  it('says what the compiler says', async () => {
    process.env['FAKE_NVRTC_NVCC'] = "sh -c 'echo no such architecture; false'";
    const backend = await createCudaBackend(options);
    const x = backend.alloc('f32', [3]);
    expect(() => backend.fill({ out: x, value: 2 })).toThrow(
      /NVRTC cannot compile elementwise\.cu: no such architecture/,
    );
    await backend.dispose();
  });

  it('stands in for kernels that were not built, and says when it is not there', async () => {
    const empty = new URL('../../lib/none/', import.meta.url);
    const backend = await createCudaBackend({ library, kernels: empty, nvrtcLibrary: library });
    await backend.dispose();
    await expect(
      createCudaBackend({ library, kernels, nvrtc: true, nvrtcLibrary: '/nowhere/libnvrtc.so.13' }),
    ).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE', message: 'NVRTC cannot be loaded' });
  });
});
