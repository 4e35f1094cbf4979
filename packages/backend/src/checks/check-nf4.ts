import type { Nf4DequantizeArgs, Nf4QuantizeArgs } from '../contract/ops.ts';
import { describeTensor, failAt, isNf4, requireDistinct, requireF32, requireNf4 } from './require.ts';

export function checkNf4Quantize({ weight, blockSize = 64 }: Nf4QuantizeArgs): void {
  requireF32('nf4Quantize.weight', weight);
  if (weight.shape.length !== 2) failAt('nf4Quantize.weight', describeTensor(weight), 'a matrix [out, in]');
  requireBlockSize('nf4Quantize.blockSize', blockSize);
}

/** bitsandbytes' block sizes: powers of two from 32 to 4096. */
export function requireBlockSize(place: string, blockSize: number): void {
  const powerOfTwo = Number.isInteger(Math.log2(blockSize));
  if (!powerOfTwo || blockSize < 32 || blockSize > 4096)
    failAt(place, String(blockSize), 'a power of two from 32 to 4096');
}

export function checkNf4Dequantize({ weight, out }: Nf4DequantizeArgs): void {
  if (!isNf4(weight))
    failAt('nf4Dequantize.weight', describeTensor(weight), 'an NF4 weight (use copy for dense ones)');
  requireNf4('nf4Dequantize.weight', weight);
  requireF32('nf4Dequantize.out', out, weight.shape[0] * weight.shape[1]);
  const { scales } = weight;
  const floats = scales.kind === 'single' ? { absmax: scales.absmax } : { nestedAbsmax: scales.nestedAbsmax };
  requireDistinct('nf4Dequantize', { out }, floats);
}
