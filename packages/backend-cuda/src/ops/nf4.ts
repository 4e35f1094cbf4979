import {
  quantizeNf4Scales,
  type Backend,
  type Nf4DequantizeArgs,
  type Nf4QuantizeArgs,
  type Nf4Scales,
  type Nf4Weight,
  type Tensor,
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

/** Nibbles and block scales by the kernel; the second level, a 64th of the work, on the host. */
export function nf4Quantize(
  context: OpContext,
  backend: Pick<Backend, 'alloc' | 'upload'>,
  { weight, blockSize = 64, doubleQuant = false }: Nf4QuantizeArgs,
): Nf4Weight {
  const [outputs = 0, inputs = 0] = weight.shape;
  const blocks = Math.ceil(weight.size / blockSize);
  const packed = backend.alloc('u8', [Math.ceil(weight.size / 2)]);
  const absmax = backend.alloc('f32', [blocks]);
  const pointers = [context.address(packed), context.address(absmax)];
  const args = [context.address(weight), weight.size, blockSize, ...pointers];
  context.launch('nf4Quantize', gridOver(context, blocks, 8), args);
  const scales: Nf4Scales = doubleQuant
    ? quantizeAbsmax(context, backend, absmax)
    : { kind: 'single', absmax };
  const parts = [
    packed,
    ...(scales.kind === 'single' ? [scales.absmax] : [scales.codes, scales.nestedAbsmax]),
  ];
  return {
    kind: 'nf4',
    shape: [outputs, inputs],
    blockSize,
    packed,
    scales,
    dispose() {
      for (const part of parts) part.dispose();
    },
  };
}

/** Replaces the f32 scales by 8-bit ones. */
function quantizeAbsmax(context: OpContext, backend: Pick<Backend, 'upload'>, absmax: Tensor): Nf4Scales {
  const host = new Float32Array(absmax.size);
  context.read(context.address(absmax), new Uint8Array(host.buffer));
  absmax.dispose();
  const { codes, nestedAbsmax, ...rest } = quantizeNf4Scales(host);
  return {
    ...rest,
    codes: backend.upload('u8', [codes.length], codes),
    nestedAbsmax: backend.upload('f32', [nestedAbsmax.length], nestedAbsmax),
  };
}

export function nf4Dequantize(context: OpContext, { weight, out }: Nf4DequantizeArgs): void {
  if (weight.kind === 'nf4') decodeNf4(context, weight, context.address(out));
}

/** The f32 values at an address. */
export function decodeNf4(context: OpContext, weight: Nf4Weight, out: number): void {
  const size = weight.shape[0] * weight.shape[1];
  context.launch('nf4ToF32', gridOver(context, size / 8), [...nf4Arguments(context, weight), out, size]);
}
