import { BezoarError } from '@bezoar/core';
import type { SafetensorsDtype } from './dtypes.ts';

/** Little-endian bytes of a floating type as f32. `bytes` may start anywhere: it is copied where alignment needs it. */
export function bytesToF32(bytes: Uint8Array, dtype: SafetensorsDtype): Float32Array<ArrayBuffer> {
  const { buffer } = bytes.slice();
  switch (dtype) {
    case 'F32':
      return new Float32Array(buffer);
    case 'F64':
      return Float32Array.from(new Float64Array(buffer));
    case 'BF16':
      return bf16ToF32(new Uint16Array(buffer));
    case 'F16':
      return f16ToF32(new Uint16Array(buffer));
    default:
      throw new BezoarError('BAD_FILE', `A tensor of type ${dtype} holds no floating-point numbers.`);
  }
}

export function bf16ToF32(values: Uint16Array): Float32Array<ArrayBuffer> {
  const words = new Uint32Array(values.length);
  for (let i = 0; i < values.length; i++) words[i] = values[i]! << 16;
  return new Float32Array(words.buffer);
}

/** To nearest, ties to even; NaN stays NaN. */
export function f32ToBf16(values: Float32Array): Uint16Array<ArrayBuffer> {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const isNan = (word & 0x7fffffff) > 0x7f800000;
    out[i] = isNan ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return out;
}

export function f16ToF32(values: Uint16Array): Float32Array<ArrayBuffer> {
  return Float32Array.from(values, (half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >>> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}
