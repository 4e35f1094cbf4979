import { BezoarError } from '@bezoar/core';
import type { SafetensorsDtype } from './dtypes.ts';

/** Little-endian bytes of a floating type as f32, in memory of its own. `bytes` may start anywhere. */
export function bytesToF32(bytes: Uint8Array, dtype: SafetensorsDtype): Float32Array<ArrayBuffer> {
  switch (dtype) {
    case 'F32':
      return new Float32Array(bytes.slice().buffer);
    case 'F64':
      return new Float32Array(new Float64Array(bytes.slice().buffer));
    case 'BF16':
      return bf16ToF32(words16(bytes));
    case 'F16':
      return f16ToF32(words16(bytes));
    default:
      throw new BezoarError('UNSUPPORTED', `A tensor of type ${dtype} cannot be read as numbers.`, {
        advice: 'Convert the checkpoint to float32, float16 or bfloat16.',
      });
  }
}

/** A view where alignment allows it, a copy where not. */
function words16(bytes: Uint8Array): Uint16Array {
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.length / 2);
}

/** Exact: bf16 is the upper half of an f32. */
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

/** Exponent bias of f32 minus that of f16: 127 − 15. */
const rebias = 2 ** 112;

/**
 * The half's bits, moved to where f32 has them, are its value · 2⁻¹¹²: scaling back is exact, for subnormals too. Only
 * infinity and NaN need another exponent.
 */
export function f16ToF32(values: Uint16Array): Float32Array<ArrayBuffer> {
  const out = new Float32Array(values.length);
  const words = new Uint32Array(out.buffer);
  for (let i = 0; i < values.length; i++) {
    const half = values[i]!;
    const word = ((half & 0x8000) << 16) | ((half & 0x7fff) << 13);
    if ((half & 0x7c00) === 0x7c00) {
      words[i] = word | 0x7f800000;
    } else {
      words[i] = word;
      out[i]! *= rebias;
    }
  }
  return out;
}

/** To nearest, ties to even; beyond 65,504 infinity, NaN stays NaN. */
export function f32ToF16(values: Float32Array): Uint16Array<ArrayBuffer> {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const magnitude = word & 0x7fffffff;
    out[i] = ((word >>> 16) & 0x8000) | halfMagnitude(magnitude, Math.abs(values[i]!));
  }
  return out;
}

/** The 15 lower bits of a half, from the bits of an f32 without its sign and from its value. */
function halfMagnitude(bits: number, value: number): number {
  if (bits > 0x7f800000) return 0x7e00 | ((bits >>> 13) & 0x3ff);
  if (value >= 65520) return 0x7c00;
  // Below the smallest normal half, a multiple of 2⁻²⁴.
  if (value < 2 ** -14) return roundHalfEven(value * 2 ** 24);
  const rebased = bits - ((127 - 15) << 23);
  return (rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13;
}

function roundHalfEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  return down + (rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? 1 : 0);
}
