import { block, blocksOf, inverseOf, scalesOf } from './block-scales.ts';

const blockBytes = 18;

/**
 * ggml's Q4_0: 32 values share a half-precision scale d = x / −8, where x is the value of the largest magnitude; a value is
 * (nibble − 8) · d, so that x itself is exact but for d. Byte i holds value i (low nibble) and value 16 + i. The number of
 * values is a multiple of 32.
 */
export function encodeQ4_0(values: Float32Array): Uint8Array<ArrayBuffer> {
  const scales = Float32Array.from({ length: values.length / block }, (_, b) => {
    let largest = 0;
    for (let i = b * block; i < (b + 1) * block; i++)
      if (Math.abs(values[i]!) > Math.abs(largest)) largest = values[i]!;
    return largest / -8;
  });
  const out = blocksOf(scales, blockBytes);
  scales.forEach((scale, b) => {
    const inverse = inverseOf(scale);
    const nibble = (i: number): number =>
      Math.min(15, Math.floor(Math.fround(Math.fround(values[b * block + i]! * inverse) + 8.5)));
    for (let i = 0; i < block / 2; i++)
      out[b * blockBytes + 2 + i] = nibble(i) | (nibble(i + block / 2) << 4);
  });
  return out;
}

export function decodeQ4_0(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const scales = scalesOf(bytes, blockBytes);
  const out = new Float32Array(scales.length * block);
  for (let i = 0; i < out.length; i++) {
    const b = Math.floor(i / block);
    const j = i % block;
    const byte = bytes[b * blockBytes + 2 + (j % (block / 2))]!;
    out[i] = ((j < block / 2 ? byte & 15 : byte >>> 4) - 8) * scales[b]!;
  }
  return out;
}
