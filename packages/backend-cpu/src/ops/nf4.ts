import {
  quantizeNf4ByKernel,
  type Backend,
  type Nf4DequantizeArgs,
  type Nf4QuantizeArgs,
  type Nf4Weight,
} from '@bezoar/backend';
import { weightArguments, type OpContext } from './op-context.ts';

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
      context.run('bz_nf4_quantize', kernelArgs);
    },
    read(tensor) {
      const values = new Float32Array(tensor.size);
      context.read(context.address(tensor), new Uint8Array(values.buffer));
      return values;
    },
  });
}

export function nf4Dequantize(context: OpContext, { weight, out }: Nf4DequantizeArgs): void {
  context.run('bz_nf4_dequantize', [context.address(out), out.size, ...weightArguments(context, weight)]);
}
