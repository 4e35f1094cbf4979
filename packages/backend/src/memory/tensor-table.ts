import { BezoarError } from '@bezoar/core';
import { bytesPerElement, checkAlloc } from '../checks/check-memory.ts';
import { requireLive } from '../checks/require.ts';
import type { Backend } from '../contract/backend.ts';
import type { DType, Tensor } from '../contract/tensor.ts';

/** Memory by addresses, as `createHeap` gives it. */
export interface TensorTableOptions {
  /** The dtype and the shape are for the error. Throws BezoarError OUT_OF_MEMORY. */
  readonly take: (bytes: number, dtype: DType, shape: readonly number[]) => number;
  /** Not called once the table is closed: its memory goes as a whole. */
  readonly release: (address: number) => void;
  /** Bytes that were taken from the device so far. */
  readonly held: () => number;
  /** Told whenever memory was taken: for plans. */
  readonly onTake?: ((use: MemoryTake) => void) | undefined;
}

/** Bytes in use. */
export interface MemoryTake {
  readonly tensors: number;
  /** Of the backend itself, over many ops: tables, buffers. */
  readonly kept: number;
  /** Of the op that runs. */
  readonly scratch: number;
}

/** Which tensors live at which addresses, for backends whose memory is one. */
export interface TensorTable {
  /** A tensor of whatever lies there. Throws BezoarError BAD_INPUT, DISPOSED, OUT_OF_MEMORY. */
  readonly take: <Type extends DType>(dtype: Type, shape: readonly number[]) => Tensor<Type>;
  /** The address of a live tensor of this table. */
  readonly address: (tensor: Tensor) => number;
  /** Bytes for the backend's own use, until they are given back or it is disposed. Throws BezoarError OUT_OF_MEMORY. */
  readonly reserve: (bytes: number) => number;
  readonly giveBack: (address: number, bytes: number) => void;
  /** Runs `use` with that many bytes, not zeroed, and frees them. Throws BezoarError OUT_OF_MEMORY. */
  readonly scratch: (bytes: number, use: (address: number) => void) => void;
  /** Throws BezoarError DISPOSED once the table is closed. */
  readonly requireOpen: () => void;
  readonly memory: Backend['memory'];
  /** Nothing can be taken or used from now on. False when that was so before. */
  readonly close: () => boolean;
  readonly disposeAll: () => void;
}

/** The memory half of a backend: tensors by address, what is in use, and errors for what was disposed. */
export function createTensorTable({ take, release, held, onTake }: TensorTableOptions): TensorTable {
  const addresses = new Map<Tensor, number>();
  let live = 0;
  let peak = 0;
  let kept = 0;
  let scratch = 0;
  let busiest = 0;
  let closed = false;

  function requireOpen(): void {
    if (!closed) return;
    throw new BezoarError('DISPOSED', 'the backend was disposed', { advice: 'Create a new backend.' });
  }

  function taken(): void {
    peak = Math.max(peak, live);
    busiest = Math.max(busiest, live + kept + scratch);
    onTake?.({ tensors: live, kept, scratch });
  }

  function takeBytes(bytes: number): number {
    requireOpen();
    return take(bytes, 'u8', [bytes]);
  }

  return {
    take<Type extends DType>(dtype: Type, shape: readonly number[]): Tensor<Type> {
      requireOpen();
      const size = checkAlloc(dtype, shape);
      const bytes = size * bytesPerElement(dtype);
      const address = take(bytes, dtype, shape);
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
          if (!closed) release(address);
        },
      };
      addresses.set(tensor, address);
      live += bytes;
      taken();
      return tensor;
    },
    address(tensor) {
      requireOpen();
      requireLive('tensor', tensor);
      const address = addresses.get(tensor);
      if (address !== undefined) return address;
      const { dtype, shape } = tensor;
      throw new BezoarError(
        'BAD_INPUT',
        `the tensor ${dtype} [${shape.join(', ')}] belongs to another backend`,
        { advice: 'Download it there and upload it here.', data: { dtype, shape } },
      );
    },
    reserve(bytes) {
      const address = takeBytes(bytes);
      kept += bytes;
      taken();
      return address;
    },
    giveBack(address, bytes) {
      kept -= bytes;
      release(address);
    },
    scratch(bytes, use) {
      const address = takeBytes(bytes);
      scratch += bytes;
      taken();
      try {
        use(address);
      } finally {
        scratch -= bytes;
        release(address);
      }
    },
    requireOpen,
    memory: () => ({ live, peak, tensors: addresses.size, busiest, held: held() }),
    close() {
      const wasOpen = !closed;
      closed = true;
      return wasOpen;
    },
    disposeAll() {
      for (const tensor of addresses.keys()) tensor.dispose();
    },
  };
}
