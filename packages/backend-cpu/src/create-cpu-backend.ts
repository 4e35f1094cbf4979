import type { Backend } from '@bezoar/backend';
import { assembleBackend } from './assemble-backend.ts';
import type { InstructionSet } from './engine/instruction-sets.ts';
import { openEngine } from './tiers/open-engine.ts';

export interface CpuBackendOptions {
  /** Threads that compute, the calling one among them; by default what the machine (or its container) offers. */
  readonly threads?: number;
  /** `auto` (default): native where a library was built and works, else WebAssembly. */
  readonly tier?: 'auto' | 'native' | 'wasm';
  /** Instruction set of the native tier; `auto` (default) takes the best one. */
  readonly isa?: 'auto' | InstructionSet;
  /**
   * `bf16` rounds the operands of `linear`, its gradients and the output layer to bf16 and sums in f32, about twice as
   * fast where the processor can (avx512bf16). Elsewhere it stays f32, and `capabilities.description` says so.
   */
  readonly precision?: 'f32' | 'bf16';
}

/**
 * The CPU backend. Ops run when they are called, on all threads, and are done when they return.
 *
 * Throws BezoarError BAD_CONFIG, BACKEND_UNAVAILABLE (a tier or instruction set that was asked for cannot run) or
 * OUT_OF_MEMORY.
 */
export async function createCpuBackend(options: CpuBackendOptions = {}): Promise<Backend> {
  const { precision = 'f32', ...wish } = options;
  return assembleBackend(await openEngine(wish), { precision });
}
