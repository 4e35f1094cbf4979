import { createReferenceBackend, type Backend } from '@bezoar/backend';
import { createCpuBackend } from '@bezoar/backend-cpu';
import type { BackendChoice } from '../recipe/recipe.ts';
import { definite } from '../stages/definite.ts';
import { loadCudaPackage } from './load-cuda-package.ts';

/** The backend that a recipe or a flag chooses. */
export async function openBackend(choice: BackendChoice): Promise<Backend> {
  const { kind, threads, device, precision } = choice;
  if (kind === 'reference') return createReferenceBackend();
  if (kind === 'cpu') return createCpuBackend(definite({ threads, precision }));
  const { createCudaBackend } = await loadCudaPackage();
  return createCudaBackend(definite({ device, precision }));
}
