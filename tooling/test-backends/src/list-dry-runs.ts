import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Backend, TensorTableOptions } from '@bezoar/backend';
import { createCpuBackend, createCpuDryRun, describeCpuTiers } from '@bezoar/backend-cpu';
import { createCudaBackend, createCudaDryRun } from '@bezoar/backend-cuda';
import { fakeCuda } from './list-test-backends.ts';

/** A backend, and the dry run that must take the same memory. */
export interface TestDryRun {
  readonly name: string;
  readonly create: () => Promise<Backend>;
  readonly open: (options: Pick<TensorTableOptions, 'onTake'>) => Backend;
}

/** Of the fake device. */
const multiprocessors = 4;
const threads = 2;

/** The native CPU tier, and CUDA over the fake driver, where this machine has them. */
export async function listDryRuns(): Promise<readonly TestDryRun[]> {
  const { native } = await describeCpuTiers();
  const library = fileURLToPath(new URL('libcuda.so', fakeCuda));
  const cuda = (precision: 'f32' | 'bf16', keepDecoded = false): TestDryRun => ({
    name: `cuda, ${precision}${keepDecoded ? ', decoded weights kept' : ''}`,
    create: () => createCudaBackend({ library, kernels: fakeCuda, precision, keepDecoded }),
    open: (options) => createCudaDryRun({ multiprocessors, precision, keepDecoded, ...options }),
  });
  return [
    ...(native.isas.length > 0
      ? [
          {
            name: 'cpu',
            create: () => createCpuBackend({ threads }),
            open: (options: object) => createCpuDryRun({ threads, ...options }),
          },
        ]
      : []),
    ...(existsSync(library) ? [cuda('bf16'), cuda('bf16', true), cuda('f32')] : []),
  ];
}
