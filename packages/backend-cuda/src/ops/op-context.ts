import type { Tensor, Weight } from '@bezoar/backend';
import type { LtProducts } from '../cublas/lt-products.ts';
import type { CudaDevice } from '../driver/open-device.ts';
import type { Grid, KernelLauncher } from '../kernels/kernel-launcher.ts';
import type { PackedOperands } from '../memory/packed-operands.ts';
import type { TensorMemory } from '../memory/tensor-memory.ts';

/** What every op gets: kernels, addresses of tensors, scratch memory. */
export interface OpContext
  extends
    Pick<KernelLauncher, 'launch'>,
    Pick<CudaDevice, 'write' | 'read' | 'copy' | 'zero' | 'multiprocessors'>,
    Pick<TensorMemory, 'address' | 'output' | 'scratch' | 'readI32' | 'decoded'> {
  /** Enqueues a kernel that writes into nothing but scratch memory and packed operands. */
  readonly launchReading: KernelLauncher['launch'];
  readonly packed: PackedOperands;
  /** Multiplies bf16 operands, where it was found and is wanted. */
  readonly library: LtProducts | undefined;
  /** Whether products run on instructions of warpgroups (compute capability 9.0). */
  readonly warpgroups: boolean;
  /** Whether products of matrices round their operands to bf16 and run on the tensor cores. */
  readonly bf16: boolean;
  /** Addresses of the dynamic maps, 256 f32 values each, and the place of 0 in the signed one (double quantisation, 8-bit moments). */
  readonly dynamicMaps: { readonly signed: number; readonly signedZero: number; readonly unsigned: number };
}

/** The address of an optional tensor, 0 without one. */
export function addressOrZero(context: OpContext, tensor: Tensor | undefined): number {
  return tensor ? context.address(tensor) : 0;
}

/** Blocks for kernels that stride over `items`, one per thread of 256: no more than keep the device busy. */
export function gridOver(context: OpContext, items: number, threads = 256): Grid {
  return [Math.min(Math.ceil(items / threads), 32 * context.multiprocessors)];
}

/** Blocks of kernels/column-sums.cuh. */
export function columnGrid(width: number): Grid {
  return [Math.ceil(width / 32)];
}

export function weightShape(weight: Weight): { readonly outputs: number; readonly inputs: number } {
  const inputs = weight.shape.at(-1)!;
  const outputs = weight.kind === 'nf4' ? weight.shape[0] : weight.size / inputs;
  return { outputs, inputs };
}
