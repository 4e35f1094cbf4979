import type { HostArray, Tensor } from '../contract/tensor.ts';

/** Zeros for the values of a tensor. */
export function createHostArray({ dtype, size }: Pick<Tensor, 'dtype' | 'size'>): HostArray {
  const types = { f32: Float32Array, bf16: Uint16Array, i32: Int32Array, u8: Uint8Array };
  return new types[dtype](size);
}

/** The same memory as bytes. */
export function bytesOf(data: HostArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
