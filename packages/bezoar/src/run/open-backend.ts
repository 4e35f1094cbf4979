import { createReferenceBackend, type Backend } from '@bezoar/backend';
import { createCpuBackend } from '@bezoar/backend-cpu';
import type { BackendChoice } from '../recipe/recipe.ts';
import { definite } from '../stages/definite.ts';
import type { BackendPlan } from '../stages/stage-context.ts';
import { loadCudaPackage } from './load-cuda-package.ts';
import { loadGpuJsPackage } from './load-gpujs-package.ts';

/** The backend that a recipe or a flag chooses; a GPU's as the plan of its first training says. */
export async function openBackend(choice: BackendChoice, plan?: BackendPlan): Promise<Backend> {
  const { kind, threads, device, precision, mode, decodedWeights, gemm } = choice;
  if (kind === 'reference') return createReferenceBackend();
  if (kind === 'cpu') return createCpuBackend(definite({ threads, precision }));
  if (kind === 'gpujs') {
    const { createGpuJsBackend } = await loadGpuJsPackage();
    return createGpuJsBackend(definite({ mode }));
  }
  const { createCudaBackend } = await loadCudaPackage();
  const keepDecoded = plan?.keepDecoded ?? decodedWeights === 'keep';
  return createCudaBackend(definite({ device, precision, keepDecoded, gemm, arena: plan?.arena }));
}
