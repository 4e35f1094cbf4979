import {
  quantizeNf4,
  quantizeNf4ByKernel,
  uploadNf4,
  type Backend,
  type Nf4DequantizeArgs,
  type Nf4QuantizeArgs,
  type Nf4Weight,
} from '@bezoar/backend';
import { isNf4, type OpContext } from './op-context.ts';
import { decodeNf4 } from './weights.ts';

export function nf4Dequantize(context: OpContext, { weight, out }: Nf4DequantizeArgs): void {
  if (isNf4(weight)) decodeNf4(context, weight, context.output(out));
}

export function nf4Quantize(
  context: OpContext,
  backend: Pick<Backend, 'alloc' | 'upload'>,
  args: Nf4QuantizeArgs,
): Nf4Weight {
  // The second level needs the scales at once; a kernel that answers with a promise cannot give them.
  if (args.doubleQuant && context.asynchronous) return quantizeOnHost(context, backend, args);
  return quantizeNf4ByKernel(args, {
    backend,
    read: (tensor) => context.readNow(tensor),
    quantize({ weight, blockSize, packed, absmax }) {
      const sizes = { count: weight.size, blockSize };
      const values = context.view(weight);
      context.launch({
        kernel: 'nf4Quantize absmax',
        sizes,
        body: absmaxBody,
        threads: [absmax.size],
        inputs: { values },
        out: context.output(absmax),
      });
      context.launch({
        kernel: 'nf4Quantize packed',
        sizes,
        body: packedBody,
        threads: [Math.ceil(packed.size / 2)],
        inputs: { values, absmax: context.view(absmax), midpoints: context.table('nf4Midpoints') },
        out: context.output(packed),
      });
    },
  });
}

function quantizeOnHost(
  context: OpContext,
  backend: Pick<Backend, 'upload'>,
  { weight, ...options }: Nf4QuantizeArgs,
): Nf4Weight {
  const [outputs = 0, inputs = 0] = weight.shape;
  return uploadNf4(backend, [outputs, inputs], quantizeNf4(context.readNow(weight), options));
}

interface QuantizeSizes {
  readonly count: number;
  readonly blockSize: number;
}

function absmaxBody({ count, blockSize }: QuantizeSizes): string {
  return `
    let greatest = 0;
    for (let i = 0; i < ${blockSize}; i++) {
      if (this.thread.x * ${blockSize} + i < ${count}) {
        greatest = Math.max(greatest, Math.abs(values[0][this.thread.x * ${blockSize} + i]));
      }
    }
    return greatest;`;
}

/** Four nibbles to a thread: two bytes, the first value of each in its high half. What is beyond the last value is 7, a zero. */
function packedBody({ count, blockSize }: QuantizeSizes): string {
  const lastBlock = Math.floor(count / blockSize);
  return `
    let bits = 0;
    for (let place = 0; place < 4; place++) {
      const at = this.thread.x * 4 + place;
      let nibble = 7;
      if (at < ${count}) {
        const block = Math.floor(at / ${blockSize});
        const largest = absmax[0][block];
        if (largest > 0) {
          let scaled = Math.fround(values[0][at] * Math.fround(1 / largest));
          if (block === ${lastBlock}) { scaled = Math.fround(values[0][at] / largest); }
          nibble = 0;
          for (let m = 0; m < 15; m++) {
            if (scaled > midpoints[0][m]) { nibble += 1; }
          }
        }
      }
      let factor = 16;
      if (place === 1) { factor = 1; }
      if (place === 2) { factor = 4096; }
      if (place === 3) { factor = 256; }
      bits += nibble * factor;
    }
    return bits;`;
}
