import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createReferenceBackend, type Backend } from '@bezoar/backend';
import { createCpuBackend, describeCpuTiers } from '@bezoar/backend-cpu';
import { createCudaBackend, describeCuda } from '@bezoar/backend-cuda';
import { createGpuJsBackend, describeGpuJs } from '@bezoar/backend-gpujs';

export interface TestBackend {
  readonly name: string;
  readonly create: () => Promise<Backend>;
}

/** CUDA's kernels behind a driver that runs them on this processor; made by `build:kernels` where g++ answers. */
export const fakeCuda: URL = new URL('../../../packages/backend-cuda/lib/fake/', import.meta.url);

/**
 * The reference, the WebAssembly tier, the native tier with every instruction set that this machine has, the CUDA backend
 * in f32 (over a fake driver, and on the GPU where there is one), and gpu.js in every mode that runs here. With BEZOAR_TEST_BACKENDS only
 * those that have it in their names.
 */
export async function listTestBackends(): Promise<readonly TestBackend[]> {
  const { native, wasm } = await describeCpuTiers();
  const { reason: noGpu } = await describeCuda();
  const library = fileURLToPath(new URL('libcuda.so', fakeCuda));
  const all = [
    { name: 'reference', create: () => Promise.resolve(createReferenceBackend()) },
    ...(wasm.available ? [{ name: 'cpu wasm', create: () => createCpuBackend({ tier: 'wasm' }) }] : []),
    ...native.isas.map((isa) => ({ name: `cpu native ${isa}`, create: () => createCpuBackend({ isa }) })),
    ...(existsSync(library)
      ? [
          {
            name: 'cuda over the fake driver',
            create: () => createCudaBackend({ library, kernels: fakeCuda, precision: 'f32' }),
          },
        ]
      : []),
    ...(noGpu === undefined
      ? [{ name: 'cuda gpu', create: () => createCudaBackend({ precision: 'f32' }) }]
      : []),
    ...(await describeGpuJs()).modes.map((mode) => ({
      name: `gpu.js ${mode}`,
      create: () => createGpuJsBackend({ mode }),
    })),
  ];
  const wanted = process.env['BEZOAR_TEST_BACKENDS'] ?? '';
  return all.filter(({ name }) => name.includes(wanted));
}
