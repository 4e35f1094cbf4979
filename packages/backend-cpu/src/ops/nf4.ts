import {
  quantizeNf4Scales,
  type Backend,
  type Nf4DequantizeArgs,
  type Nf4QuantizeArgs,
  type Nf4Scales,
  type Nf4Weight,
  type Tensor,
} from '@bezoar/backend';
import { weightArguments, type OpContext } from './op-context.ts';

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
  context.run('bz_nf4_quantize', [
    context.address(weight),
    weight.size,
    blockSize,
    context.address(packed),
    context.address(absmax),
  ]);
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
  context.run('bz_nf4_dequantize', [context.address(out), out.size, ...weightArguments(context, weight)]);
}
