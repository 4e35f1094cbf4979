import { BezoarError } from '@bezoar/core';
import {
  bytesPerElement,
  checkAlloc,
  checkUpload,
  checkWrite,
  outOfMemory,
  requireLive,
  type Backend,
  type DType,
  type HostArray,
  type HostArrayOf,
  type Tensor,
} from '@bezoar/backend';
import type { Engine } from '../engine/engine.ts';

/** Tensors as addresses in an engine's heap. */
export interface TensorMemory {
  readonly methods: Pick<
    Backend,
    'alloc' | 'upload' | 'write' | 'download' | 'synchronize' | 'dispose' | 'memory'
  >;
  /** The address of a live tensor of this backend. */
  address(tensor: Tensor): number;
  /** Bytes for the backend's own use until it is disposed. Throws BezoarError OUT_OF_MEMORY. */
  reserve(bytes: number): number;
  /** Runs `use` with that many bytes, not zeroed, and frees them. Throws BezoarError OUT_OF_MEMORY. */
  scratch(bytes: number, use: (address: number) => void): void;
  /** A host copy of i32 values. */
  readI32(tensor: Tensor): Int32Array;
}

export function createTensorMemory(engine: Engine): TensorMemory {
  const addresses = new Map<Tensor, number>();
  const { heap } = engine;
  let live = 0;
  let peak = 0;
  let closed = false;

  function requireOpen(): void {
    if (!closed) return;
    throw new BezoarError('DISPOSED', 'the backend was disposed', { advice: 'Create a new backend.' });
  }

  function reserve(bytes: number): number {
    requireOpen();
    const address = heap.take(bytes);
    if (address === undefined) throw outOfMemory('u8', [bytes]);
    return address;
  }

  function take<Type extends DType>(dtype: Type, shape: readonly number[]): Tensor<Type> {
    requireOpen();
    const size = checkAlloc(dtype, shape);
    const bytes = size * bytesPerElement(dtype);
    const address = heap.take(bytes);
    if (address === undefined) throw outOfMemory(dtype, shape);
    let disposed = false;
    const tensor: Tensor<Type> = {
      kind: 'tensor',
      dtype,
      shape: [...shape],
      size,
      get disposed() {
        return disposed;
      },
      dispose() {
        if (disposed) return;
        disposed = true;
        addresses.delete(tensor);
        live -= bytes;
        if (!closed) heap.release(address);
      },
    };
    addresses.set(tensor, address);
    live += bytes;
    peak = Math.max(peak, live);
    return tensor;
  }

  function addressOf(tensor: Tensor): number {
    requireOpen();
    requireLive('tensor', tensor);
    const address = addresses.get(tensor);
    if (address !== undefined) return address;
    const { dtype, shape } = tensor;
    throw new BezoarError(
      'BAD_INPUT',
      `the tensor ${dtype} [${shape.join(', ')}] belongs to another backend`,
      {
        advice: 'Download it there and upload it here.',
        data: { dtype, shape },
      },
    );
  }

  function readInto<Target extends HostArray>(tensor: Tensor, target: Target): Target {
    const address = addressOf(tensor);
    if (target.byteLength > 0) engine.read(address, bytesOf(target));
    return target;
  }

  function writeFrom(tensor: Tensor, data: HostArray): void {
    const address = addressOf(tensor);
    if (data.byteLength > 0) engine.write(address, bytesOf(data));
  }

  return {
    methods: {
      alloc(dtype, shape) {
        const tensor = take(dtype, shape);
        engine.run('bz_copy_words', [0, addressOf(tensor), wordsOf(tensor)]);
        return tensor;
      },
      upload(dtype, shape, data) {
        requireOpen();
        checkUpload(dtype, shape, data);
        const tensor = take(dtype, shape);
        writeFrom(tensor, data);
        return tensor;
      },
      write(tensor, data) {
        checkWrite(tensor, data);
        writeFrom(tensor, data);
      },
      // Async, so that an error is a rejection here as on every device.
      // eslint-disable-next-line @typescript-eslint/require-await
      async download<Type extends DType>(tensor: Tensor<Type>): Promise<HostArrayOf<Type>> {
        return readInto(tensor, hostArray(tensor)) as HostArrayOf<Type>;
      },
      synchronize: () => Promise.resolve(),
      async dispose() {
        if (closed) return;
        closed = true;
        for (const tensor of addresses.keys()) tensor.dispose();
        await engine.stop();
      },
      memory: () => ({ live, peak, tensors: addresses.size }),
    },
    address: addressOf,
    reserve,
    scratch(bytes, use) {
      const address = reserve(bytes);
      try {
        use(address);
      } finally {
        heap.release(address);
      }
    },
    readI32: (tensor) => readInto(tensor, new Int32Array(tensor.size)),
  };
}

/** 32-bit words of a tensor; what the last one has too much is padding of the heap. */
export function wordsOf({ dtype, size }: Tensor): number {
  return Math.ceil((size * bytesPerElement(dtype)) / 4);
}

function bytesOf(data: HostArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function hostArray({ dtype, size }: Tensor): HostArray {
  const types = { f32: Float32Array, bf16: Uint16Array, i32: Int32Array, u8: Uint8Array };
  return new types[dtype](size);
}
