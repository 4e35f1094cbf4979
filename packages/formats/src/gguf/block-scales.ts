import { f16ToF32, f32ToF16 } from '../safetensors/convert.ts';

/** Values that share a scale in ggml's older block formats. */
export const block = 32;

/** Blocks of `blockBytes`, each with its scale in the first two bytes, in half precision; the rest is zero. */
export function blocksOf(scales: Float32Array, blockBytes: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(scales.length * blockBytes);
  f32ToF16(scales).forEach((half, b) => {
    out[b * blockBytes] = half & 0xff;
    out[b * blockBytes + 1] = half >>> 8;
  });
  return out;
}

/** The scale of every block. */
export function scalesOf(bytes: Uint8Array, blockBytes: number): Float32Array<ArrayBuffer> {
  const halves = Uint16Array.from({ length: bytes.length / blockBytes }, (_, b) => {
    const at = b * blockBytes;
    return bytes[at]! | (bytes[at + 1]! << 8);
  });
  return f16ToF32(halves);
}

/** What values are multiplied by; 0 for a scale without an inverse: its values are nothing in half precision. */
export function inverseOf(scale: number): number {
  const inverse = Math.fround(1 / scale);
  return Number.isFinite(inverse) ? inverse : 0;
}
