import { bf16ToF32, f32ToBf16, type DType, type HostArray } from '@bezoar/backend';

/*
 * Kernels of gpu.js know f32 only. f32 and bf16 lie on the device as their values, i32 as floats (exact up to 2²⁴, more than any
 * index), u8 two bytes to a float: byte 2i + 256 · byte 2i+1. So four values of NF4 take one float.
 */

/** Floats that a tensor takes on the device. */
export function deviceLength(dtype: DType, size: number): number {
  return dtype === 'u8' ? Math.ceil(size / 2) : size;
}

export function toDeviceForm(data: HostArray): Float32Array {
  if (data instanceof Float32Array) return data;
  if (data instanceof Uint16Array) return bf16ToF32(data);
  if (data instanceof Int32Array) return Float32Array.from(data);
  const pairs = new Float32Array(Math.ceil(data.length / 2));
  for (let i = 0; i < pairs.length; i++) pairs[i] = data[2 * i]! + 256 * (data[2 * i + 1] ?? 0);
  return pairs;
}

export function fromDeviceForm(floats: Float32Array, dtype: DType, size: number): HostArray {
  if (dtype === 'f32') return floats;
  if (dtype === 'bf16') return f32ToBf16(floats);
  if (dtype === 'i32') return Int32Array.from(floats);
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) {
    const pair = floats[i >>> 1]!;
    bytes[i] = i % 2 === 0 ? pair & 255 : pair >>> 8;
  }
  return bytes;
}
