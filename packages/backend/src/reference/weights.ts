import { isNf4 } from '../checks/require.ts';
import type { Nf4Weight, Weight } from '../contract/tensor.ts';
import { dequantizeNf4 } from '../nf4/dequantize-nf4.ts';
import type { Nf4Data } from '../nf4/quantize-nf4.ts';
import type { HostMemory } from './host-memory.ts';

/** All values of a weight as f32, row-major; bf16 and NF4 are converted once per call. */
export function denseWeight(memory: HostMemory, weight: Weight): Float32Array {
  return isNf4(weight) ? dequantizeNf4(hostNf4(memory, weight)) : memory.floats(weight);
}

function hostNf4(memory: HostMemory, { shape, blockSize, packed, scales }: Nf4Weight): Nf4Data {
  const bytes = (tensor: typeof packed): Uint8Array<ArrayBuffer> =>
    memory.raw(tensor) as Uint8Array<ArrayBuffer>;
  return {
    count: shape[0] * shape[1],
    blockSize,
    packed: bytes(packed),
    scales:
      scales.kind === 'single'
        ? { kind: 'single', absmax: memory.f32(scales.absmax) }
        : { ...scales, codes: bytes(scales.codes), nestedAbsmax: memory.f32(scales.nestedAbsmax) },
  };
}
