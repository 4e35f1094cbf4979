import { createCpuDryRun } from '@bezoar/backend-cpu';
import type { PlanTrainingOptions } from '@bezoar/qlora';
import os from 'node:os';
import type { BackendChoice } from '../recipe/recipe.ts';
import { loadCudaPackage } from '../run/load-cuda-package.ts';
import { definite } from '../stages/definite.ts';

/** Opens dry runs; those of a GPU keep decoded weights, or not. */
export type DryRun = (options: { readonly keepDecoded: boolean }) => PlanTrainingOptions['open'];

/**
 * The chosen backend, without its work. The memory of the reference and of gpu.js is not planned: the CPU's stands for it.
 * Throws BezoarError MISSING_DEPENDENCY.
 */
export async function openDryRun(choice: BackendChoice): Promise<DryRun> {
  const { kind, device = 0, threads = os.availableParallelism(), precision } = choice;
  if (kind !== 'cuda')
    return () => (options) => createCpuDryRun(definite({ ...options, threads, precision }));
  const { createCudaDryRun, describeCuda } = await loadCudaPackage();
  const { multiprocessors } = (await describeCuda()).devices[device] ?? {};
  return ({ keepDecoded }) =>
    (options) =>
      createCudaDryRun(definite({ ...options, precision, multiprocessors, keepDecoded }));
}
