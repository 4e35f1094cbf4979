import { BezoarError } from '@bezoar/core';
import { checkAlloc, checkUpload, checkWrite, outOfMemory } from '../checks/check-memory.ts';
import { describeTensor, requireLive } from '../checks/require.ts';
import type { Backend } from '../contract/backend.ts';
import type { DType, HostArray, HostArrayOf, Tensor } from '../contract/tensor.ts';
import { createHostArray } from '../memory/host-array.ts';
import { bf16ToF32 } from '../numeric/bf16.ts';

/** The memory half of the reference backend: every tensor is a typed array. */
export interface HostMemory {
  readonly methods: Pick<
    Backend,
    'alloc' | 'upload' | 'write' | 'download' | 'synchronize' | 'dispose' | 'memory'
  >;
  /** The live array of a tensor; writing to it writes the tensor. */
  f32(tensor: Tensor): Float32Array<ArrayBuffer>;
  i32(tensor: Tensor): Int32Array<ArrayBuffer>;
  raw(tensor: Tensor): HostArray;
  /** The values of an f32 or bf16 tensor: the live array of the first, a converted copy of the second. */
  floats(tensor: Tensor): Float32Array<ArrayBuffer>;
}

export function createHostMemory(): HostMemory {
  const arrays = new Map<Tensor, HostArray>();
  let live = 0;
  let peak = 0;
  let closed = false;

  const adopt = <Type extends DType>(
    dtype: Type,
    shape: readonly number[],
    data: HostArray,
  ): Tensor<Type> => {
    const bytes = data.byteLength;
    let disposed = false;
    const tensor: Tensor<Type> = {
      kind: 'tensor',
      dtype,
      shape: [...shape],
      size: data.length,
      get disposed() {
        return disposed;
      },
      dispose() {
        if (disposed) return;
        disposed = true;
        arrays.delete(tensor);
        live -= bytes;
      },
    };
    arrays.set(tensor, data);
    live += bytes;
    peak = Math.max(peak, live);
    return tensor;
  };

  const requireOpen = (): void => {
    if (!closed) return;
    throw new BezoarError('DISPOSED', 'the backend was disposed', { advice: 'Create a new backend.' });
  };

  const raw = (tensor: Tensor): HostArray => {
    requireLive('tensor', tensor);
    const data = arrays.get(tensor);
    if (data) return data;
    throw new BezoarError('BAD_INPUT', `the tensor ${describeTensor(tensor)} belongs to another backend`, {
      advice: 'Download it there and upload it here.',
    });
  };

  const memory: HostMemory = {
    methods: {
      alloc(dtype, shape) {
        requireOpen();
        const size = checkAlloc(dtype, shape);
        return adopt(dtype, shape, zeros(dtype, { size, shape }));
      },
      upload(dtype, shape, data) {
        requireOpen();
        checkUpload(dtype, shape, data);
        return adopt(dtype, shape, data.slice());
      },
      write(tensor, data) {
        checkWrite(tensor, data);
        raw(tensor).set(data);
      },
      // Async, so that an error is a rejection here as on every device.
      // eslint-disable-next-line @typescript-eslint/require-await
      async download<Type extends DType>(tensor: Tensor<Type>): Promise<HostArrayOf<Type>> {
        return raw(tensor).slice() as HostArrayOf<Type>;
      },
      synchronize: () => Promise.resolve(),
      dispose() {
        for (const tensor of arrays.keys()) tensor.dispose();
        closed = true;
        return Promise.resolve();
      },
      memory: () => ({ live, peak, tensors: arrays.size, busiest: peak, held: live }),
    },
    raw,
    f32: (tensor) => raw(tensor) as Float32Array<ArrayBuffer>,
    i32: (tensor) => raw(tensor) as Int32Array<ArrayBuffer>,
    floats: (tensor) =>
      tensor.dtype === 'bf16' ? bf16ToF32(raw(tensor) as Uint16Array) : memory.f32(tensor),
  };
  return memory;
}

function zeros(dtype: DType, { size, shape }: { size: number; shape: readonly number[] }): HostArray {
  try {
    return createHostArray({ dtype, size });
  } catch (cause) {
    throw outOfMemory(dtype, shape, cause);
  }
}
