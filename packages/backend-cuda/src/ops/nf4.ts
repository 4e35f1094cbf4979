import {
  quantizeNf4ByKernel,
  type Backend,
  type Nf4DequantizeArgs,
  type Nf4QuantizeArgs,
  type Nf4Weight,
} from '@bezoar/backend';
import { gridOver, type OpContext } from './op-context.ts';

/** `NF4_PARAMETERS` of kernels/nf4.cuh. */
export function nf4Arguments(
  context: OpContext,
  { packed, blockSize, scales }: Nf4Weight,
): readonly number[] {
  const bytes = context.address(packed);
  if (scales.kind === 'single')
    return [bytes, blockSize, context.address(scales.absmax), 0, 0, 1, 0, context.dynamicMaps.signed];
  const { codes, nestedAbsmax, nestedBlockSize, offset } = scales;
  const second = [context.address(codes), context.address(nestedAbsmax), nestedBlockSize, offset];
  return [bytes, blockSize, 0, ...second, context.dynamicMaps.signed];
}

export function nf4Quantize(
  context: OpContext,
  backend: Pick<Backend, 'alloc' | 'upload'>,
  args: Nf4QuantizeArgs,
): Nf4Weight {
  return quantizeNf4ByKernel(args, {
    backend,
    quantize({ weight, blockSize, packed, absmax }) {
      const pointers = [context.address(packed), context.address(absmax)];
      const kernelArgs = [context.address(weight), weight.size, blockSize, ...pointers];
      context.launch('nf4Quantize', gridOver(context, absmax.size, 8), kernelArgs);
    },
    read(tensor) {
      const values = new Float32Array(tensor.size);
      context.read(context.address(tensor), new Uint8Array(values.buffer));
      return values;
    },
  });
}

export function nf4Dequantize(context: OpContext, { weight, out }: Nf4DequantizeArgs): void {
  if (weight.kind === 'nf4') decodeNf4(context, weight, context.address(out));
}

/** The f32 values at an address. */
export function decodeNf4(context: OpContext, weight: Nf4Weight, out: number): void {
  const size = weight.shape[0] * weight.shape[1];
  context.launch('nf4ToF32', gridOver(context, size / 8), [...nf4Arguments(context, weight), out, size]);
}
