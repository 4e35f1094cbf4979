import type { Backend, TensorTableOptions } from '@bezoar/backend';
import { assembleBackend } from './assemble-backend.ts';
import { createDryEngine } from './engine/dry-engine.ts';
import type { CpuBackendOptions } from './create-cpu-backend.ts';

export interface CpuDryRunOptions extends Pick<CpuBackendOptions, 'precision'> {
  /** Each has scratch memory of its own; 1 by default. */
  readonly threads?: number;
  /** Told whenever memory would be taken. */
  readonly onTake?: TensorTableOptions['onTake'];
}

/**
 * The native CPU backend without its work: ops take and give back the memory that they would take, and compute nothing. Running
 * a program on it says what it needs (`memory()`), on any machine, in no time. Downloads give zeros, or what was written before.
 */
export function createCpuDryRun({ threads = 1, precision = 'f32', onTake }: CpuDryRunOptions = {}): Backend {
  return assembleBackend(createDryEngine(threads), { precision, onTake });
}
