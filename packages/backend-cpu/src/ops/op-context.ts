import type { Tensor, Weight } from '@bezoar/backend';
import type { Engine } from '../engine/engine.ts';
import type { TensorMemory } from '../memory/tensor-memory.ts';

/** What every op gets: kernels, addresses of tensors, scratch memory. */
export interface OpContext
  extends Pick<Engine, 'run' | 'write' | 'read'>, Pick<TensorMemory, 'address' | 'scratch' | 'readI32'> {
  /** Whether `linear` and its gradients round their operands to bf16. */
  readonly bf16: boolean;
  /** Address of the 256 f32 values of the signed dynamic map (double quantisation). */
  readonly dynamicMap: number;
  /** Addresses of the tables of 8-bit moments: the signed map's for the first, the unsigned one's for the second. */
  readonly momentTables: { readonly first: number; readonly second: number };
}

/** The address of an optional tensor, 0 without one. */
export function addressOrZero(context: OpContext, tensor: Tensor | undefined): number {
  return tensor ? context.address(tensor) : 0;
}

/** Numbers of `FORMAT_…` in kernels/weights.h. */
const formats = { f32: 0, bf16: 1, nf4: 2 } as const;

/** The format number of a dense table. */
export function formatOf(tensor: Tensor): number {
  return tensor.dtype === 'bf16' ? formats.bf16 : formats.f32;
}

export function weightShape(weight: Weight): { readonly outputs: number; readonly inputs: number } {
  const inputs = weight.shape.at(-1)!;
  const outputs = weight.kind === 'nf4' ? weight.shape[0] : weight.size / inputs;
  return { outputs, inputs };
}

/** WEIGHT_PARAMETERS of kernels/weights.h. */
export function weightArguments(context: OpContext, weight: Weight): readonly number[] {
  const { inputs } = weightShape(weight);
  if (weight.kind === 'tensor')
    return [formatOf(weight), context.address(weight), inputs, 0, 0, 0, 0, 0, 0, 0];
  const head = [formats.nf4, context.address(weight.packed), inputs, weight.blockSize];
  const { scales } = weight;
  if (scales.kind === 'single') return [...head, context.address(scales.absmax), 0, 0, 0, 0, 0];
  const { codes, nestedAbsmax, offset, nestedBlockSize } = scales;
  return [
    ...head,
    0,
    context.address(codes),
    context.address(nestedAbsmax),
    context.dynamicMap,
    offset,
    nestedBlockSize,
  ];
}
