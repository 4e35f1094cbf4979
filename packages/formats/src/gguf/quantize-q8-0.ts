import { block, blocksOf, inverseOf, scalesOf } from './block-scales.ts';

const blockBytes = 34;

/**
 * ggml's Q8_0: 32 values share a half-precision scale d = max|x| / 127; a value is its signed byte times d. Bytes are rounded
 * half away from zero, as ggml's reference does. The number of values is a multiple of 32.
 */
export function encodeQ8_0(values: Float32Array): Uint8Array<ArrayBuffer> {
  const scales = Float32Array.from({ length: values.length / block }, (_, b) => {
    let most = 0;
    for (let i = b * block; i < (b + 1) * block; i++) most = Math.max(most, Math.abs(values[i]!));
    return most / 127;
  });
  const out = blocksOf(scales, blockBytes);
  scales.forEach((scale, b) => {
    const inverse = inverseOf(scale);
    for (let i = 0; i < block; i++) {
      const scaled = Math.fround(values[b * block + i]! * inverse);
      out[b * blockBytes + 2 + i] = Math.sign(scaled) * Math.floor(Math.abs(scaled) + 0.5);
    }
  });
  return out;
}

/** The values again, exact products of byte and scale. */
export function decodeQ8_0(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const scales = scalesOf(bytes, blockBytes);
  const out = new Float32Array(scales.length * block);
  for (let i = 0; i < out.length; i++) {
    const b = Math.floor(i / block);
    const byte = bytes[b * blockBytes + 2 + (i % block)]!;
    out[i] = ((byte << 24) >> 24) * scales[b]!;
  }
  return out;
}
