import type { Heap } from '@bezoar/backend';
import type { KernelName } from './kernel-signatures.ts';

/**
 * What a tier gives to the ops: kernels by name, and memory by address. Addresses are numbers in both tiers: offsets in
 * the WebAssembly memory, or pointers.
 */
export interface Engine {
  /** `native avx512bf16`, `wasm simd128`. */
  readonly name: string;
  readonly threads: number;
  /** Whether GEMM can take bf16 operands with f32 sums. */
  readonly bf16: boolean;
  readonly heap: Heap;
  /** Bytes taken from the system so far, the scratch of the threads among them. */
  held(): number;
  /** Runs a kernel on the pool and returns when it is done. `args` are those after the pool. */
  run(kernel: KernelName, args: readonly number[]): void;
  /** Copies host bytes to an address. */
  write(address: number, bytes: Uint8Array): void;
  /** Fills host bytes from an address. */
  read(address: number, bytes: Uint8Array): void;
  /** Ends the threads and frees all memory. */
  stop(): Promise<void>;
}
