import type { Nf4DequantizeArgs, Nf4QuantizeArgs } from '../contract/ops.ts';
import type { Nf4Weight } from '../contract/tensor.ts';
import { uploadNf4 } from '../nf4/upload-nf4.ts';
import { quantizeNf4 } from '../nf4/quantize-nf4.ts';
import type { HostMemory } from './host-memory.ts';
import { denseWeight } from './weights.ts';

export function nf4Quantize(memory: HostMemory, { weight, ...options }: Nf4QuantizeArgs): Nf4Weight {
  const [rows = 0, columns = 0] = weight.shape;
  return uploadNf4(memory.methods, [rows, columns], quantizeNf4(memory.f32(weight), options));
}

export function nf4Dequantize(memory: HostMemory, args: Nf4DequantizeArgs): void {
  memory.f32(args.out).set(denseWeight(memory, args.weight));
}
