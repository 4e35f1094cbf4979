import type { MemoryPlan } from '@bezoar/qlora';
import type { BackendChoice } from '../recipe/recipe.ts';

/** Node, its libraries and the rows. */
const PROCESS = 100e6;

/**
 * Bytes that have to be free where the backend's memory is. On the CPU that is the whole process, which may need the most while it
 * loads: beside what is loaded, one weight as its file has it.
 */
export function memoryNeed({ held, heldByLoading, hostCopy }: MemoryPlan, { kind }: BackendChoice): number {
  return kind === 'cuda' ? held : Math.max(held, heldByLoading + hostCopy) + PROCESS;
}
