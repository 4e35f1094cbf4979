import type { BackendChoice } from '../recipe/recipe.ts';
import { loadCudaPackage } from '../run/load-cuda-package.ts';

export interface FreeMemory {
  readonly bytes: number;
  /** For people: `this machine`, the name of a GPU. */
  readonly where: string;
}

/** What is free for a backend on this machine; undefined where there is no such GPU. */
export async function freeMemory({ kind, device = 0 }: BackendChoice): Promise<FreeMemory | undefined> {
  if (kind !== 'cuda') return { bytes: process.availableMemory(), where: 'this machine' };
  const { describeCuda } = await loadCudaPackage();
  const found = (await describeCuda()).devices[device];
  return found && { bytes: found.free ?? found.memory - GPU_CONTEXT, where: found.name };
}

/** What the driver takes of a GPU for every process that uses it. */
const GPU_CONTEXT = 500e6;

/** Of memory that a flag names as a whole: what a process can have of it. */
export function freeOf(total: number, { kind }: BackendChoice): FreeMemory {
  return { bytes: kind === 'cuda' ? total - GPU_CONTEXT : total, where: `${total / 1e9} GB` };
}
