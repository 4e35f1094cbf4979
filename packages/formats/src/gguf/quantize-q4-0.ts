import { f16ToF32, f32ToF16 } from '../safetensors/convert.ts';

const block = 32;
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
  const halves = f32ToF16(scales);
  const out = new Uint8Array(scales.length * blockBytes);
  scales.forEach((scale, b) => {
    const at = b * blockBytes;
    out[at] = halves[b]! & 0xff;
    out[at + 1] = halves[b]! >>> 8;
    const inverse = Math.fround(1 / scale);
    // As in Q8_0; zero is the nibble 8.
    const factor = Number.isFinite(inverse) ? inverse : 0;
    const nibble = (i: number): number =>
      Math.min(15, Math.floor(Math.fround(Math.fround(values[b * block + i]! * factor) + 8.5)));
    for (let i = 0; i < block / 2; i++) out[at + 2 + i] = nibble(i) | (nibble(i + block / 2) << 4);
  });
  return out;
}

export function decodeQ4_0(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const blocks = bytes.length / blockBytes;
  const scales = f16ToF32(
    Uint16Array.from(
      { length: blocks },
      (_, b) => bytes[b * blockBytes]! | (bytes[b * blockBytes + 1]! << 8),
    ),
  );
  const out = new Float32Array(blocks * block);
  for (let i = 0; i < out.length; i++) {
    const b = Math.floor(i / block);
    const j = i % block;
    const byte = bytes[b * blockBytes + 2 + (j % (block / 2))]!;
    out[i] = ((j < block / 2 ? byte & 15 : byte >>> 4) - 8) * scales[b]!;
  }
  return out;
}
