import { BezoarError } from '@bezoar/core';
import type { DType, HostArray, Tensor } from '../contract/tensor.ts';
import { describeTensor, failAt, requireLive } from './require.ts';

/** Bytes per element. */
export function bytesPerElement(dtype: DType): number {
  return { f32: 4, bf16: 2, i32: 4, u8: 1 }[dtype];
}

/** Checks the arguments of `alloc` and gives the number of elements. */
export function checkAlloc(dtype: DType, shape: readonly number[]): number {
  if (!['f32', 'bf16', 'i32', 'u8'].includes(dtype)) failAt('alloc.dtype', dtype, 'f32, bf16, i32 or u8');
  for (const dimension of shape) {
    if (!Number.isInteger(dimension) || dimension < 0)
      failAt('alloc.shape', `[${shape.join(', ')}]`, 'non-negative integers');
  }
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/** Checks the arguments of `upload`: the array's type must be the dtype's, its length the size of the shape. */
export function checkUpload(dtype: DType, shape: readonly number[], data: HostArray): void {
  const size = checkAlloc(dtype, shape);
  checkHostArray('upload.data', dtype, data);
  if (data.length !== size)
    failAt('upload.data', `${data.length} elements`, `${size} elements for the shape [${shape.join(', ')}]`);
}

/** Checks the arguments of `write`. */
export function checkWrite(tensor: Tensor, data: HostArray): void {
  requireLive('write.tensor', tensor);
  checkHostArray('write.data', tensor.dtype, data);
  if (data.length > tensor.size)
    failAt(
      'write.data',
      `${data.length} elements`,
      `at most the ${tensor.size} of ${describeTensor(tensor)}`,
    );
}

/** The error of `alloc` and `upload` when there is no memory left. */
export function outOfMemory(dtype: DType, shape: readonly number[], cause?: unknown): BezoarError {
  const bytes = shape.reduce((product, dimension) => product * dimension, bytesPerElement(dtype));
  return new BezoarError('OUT_OF_MEMORY', `no memory for ${dtype} [${shape.join(', ')}]: ${bytes} bytes`, {
    advice: 'Make the batch or the sequence length smaller, or dispose of tensors that are no longer used.',
    data: { dtype, shape, bytes },
    cause,
  });
}

function checkHostArray(place: string, dtype: DType, data: HostArray): void {
  const expected = { f32: Float32Array, bf16: Uint16Array, i32: Int32Array, u8: Uint8Array }[dtype];
  if (!(data instanceof expected))
    failAt(place, data.constructor.name, `a ${expected.name}, because the dtype is ${dtype}`);
}
