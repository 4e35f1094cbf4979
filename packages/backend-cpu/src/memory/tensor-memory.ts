import {
  bytesOf,
  bytesPerElement,
  checkUpload,
  checkWrite,
  createHostArray,
  createTensorTable,
  outOfMemory,
  type Backend,
  type DType,
  type HostArray,
  type HostArrayOf,
  type Tensor,
  type TensorTable,
  type TensorTableOptions,
} from '@bezoar/backend';
import type { Engine } from '../engine/engine.ts';

/** Tensors as addresses in an engine's heap. */
export interface TensorMemory extends Pick<TensorTable, 'address' | 'reserve' | 'scratch'> {
  readonly methods: Pick<
    Backend,
    'alloc' | 'upload' | 'write' | 'download' | 'synchronize' | 'dispose' | 'memory'
  >;
  /** A host copy of i32 values. */
  readI32(tensor: Tensor): Int32Array;
}

export function createTensorMemory(engine: Engine, onTake?: TensorTableOptions['onTake']): TensorMemory {
  const { heap } = engine;
  const table = createTensorTable({
    take(bytes, dtype, shape) {
      const address = heap.take(bytes);
      if (address === undefined) throw outOfMemory(dtype, shape);
      return address;
    },
    release: (address) => heap.release(address),
    held: () => engine.held(),
    onTake,
  });

  function readInto<Target extends HostArray>(tensor: Tensor, target: Target): Target {
    const address = table.address(tensor);
    if (target.byteLength > 0) engine.read(address, bytesOf(target));
    return target;
  }

  function writeFrom(tensor: Tensor, data: HostArray): void {
    const address = table.address(tensor);
    if (data.byteLength > 0) engine.write(address, bytesOf(data));
  }

  return {
    methods: {
      alloc(dtype, shape) {
        const tensor = table.take(dtype, shape);
        engine.run('bz_copy_words', [0, table.address(tensor), wordsOf(tensor)]);
        return tensor;
      },
      upload(dtype, shape, data) {
        table.requireOpen();
        checkUpload(dtype, shape, data);
        const tensor = table.take(dtype, shape);
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
        return readInto(tensor, createHostArray(tensor)) as HostArrayOf<Type>;
      },
      synchronize: () => Promise.resolve(),
      async dispose() {
        if (!table.close()) return;
        table.disposeAll();
        await engine.stop();
      },
      memory: table.memory,
    },
    address: table.address,
    reserve: table.reserve,
    scratch: table.scratch,
    readI32: (tensor) => readInto(tensor, new Int32Array(tensor.size)),
  };
}

/** 32-bit words of a tensor; what the last one has too much is padding of the heap. */
export function wordsOf({ dtype, size }: Tensor): number {
  return Math.ceil((size * bytesPerElement(dtype)) / 4);
}
