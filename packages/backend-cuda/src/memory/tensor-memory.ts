import { BezoarError } from '@bezoar/core';
import {
  bytesOf,
  bytesPerElement,
  checkUpload,
  checkWrite,
  createHeap,
  createHostArray,
  createTensorTable,
  outOfMemory,
  type Backend,
  type DType,
  type HostArray,
  type HostArrayOf,
  type MemoryRange,
  type Tensor,
  type TensorTable,
  type TensorTableOptions,
} from '@bezoar/backend';
import type { HostMemory } from '../driver/cuda-driver.ts';
import type { CudaDevice } from '../driver/open-device.ts';
import { createDecodedWeights, type DecodedWeights } from './decoded-weights.ts';
import { createUploads } from './uploads.ts';

/** Tensors as addresses on a device. Memory that is given back is used again at once: the stream keeps the order. */
export interface TensorMemory extends Pick<TensorTable, 'address' | 'reserve' | 'giveBack' | 'scratch'> {
  /** `evict` is called when memory is out: true when it gave some back. */
  onPressure(evict: () => boolean): void;
  /** Undefined unless decoded weights are kept. */
  readonly decoded: DecodedWeights | undefined;
  readonly methods: Pick<
    Backend,
    'alloc' | 'upload' | 'write' | 'download' | 'synchronize' | 'dispose' | 'memory'
  >;
  /** The address of a tensor that an op is about to write. */
  output(tensor: Tensor): number;
  /** The values of an i32 tensor. Without waiting, unless an op has written it. */
  readI32(tensor: Tensor): Int32Array;
}

/** Memory is taken from the device in slabs of at least this size, and kept until the backend is disposed. */
const SLAB = 64 * 1024 * 1024;
/** Device addresses are aligned to it, as cuMemAlloc aligns. */
const ALIGNMENT = 256;
/** Smaller downloads go through pinned memory, so that the process is not stopped while it waits. */
const STAGED = 1024 * 1024;
/** Smaller uploads are taken over by the driver at once; larger ones would make it wait. */
const UPLOAD_STAGED = 64 * 1024;

export interface TensorMemoryOptions {
  /** Bytes that are taken from the device at once, before anything else; none by default. */
  readonly arena?: number | undefined;
  /** Keeps decoded NF4 weights while there is memory; false by default. */
  readonly keepDecoded?: boolean | undefined;
  readonly onTake?: TensorTableOptions['onTake'];
}

/** Throws BezoarError OUT_OF_MEMORY when the device has no room for the arena. */
export function createTensorMemory(
  device: CudaDevice,
  { arena = 0, keepDecoded = false, onTake }: TensorMemoryOptions = {},
): TensorMemory {
  /** Indices, targets and positions come from the host: their values are kept here, to be checked and counted. */
  const hostValues = new WeakMap<Tensor, Int32Array>();
  const slabs: number[] = [];
  const staging: HostMemory[] = [];
  const evictors: (() => boolean)[] = [];
  const pending = new Set<Promise<unknown>>();
  let first = arena > 0 ? takeArena(device, arena) : undefined;
  if (first) slabs.push(first.address);
  const heap = createHeap({
    alignment: ALIGNMENT,
    grow(bytes) {
      const planned = first;
      first = undefined;
      if (planned && planned.bytes >= bytes) return planned;
      for (const size of [Math.max(bytes, SLAB), bytes]) {
        const address = device.alloc(size);
        if (address === undefined) continue;
        slabs.push(address);
        return { address, bytes: size };
      }
      return undefined;
    },
  });

  /** What is asked for may be impossible in any case; then the device is not asked. */
  function takeOrThrow(bytes: number, dtype: DType, shape: readonly number[]): number {
    const take = (): number | undefined => (Number.isSafeInteger(bytes) ? heap.take(bytes) : undefined);
    // Whoever used what is evicted has enqueued it before: the stream keeps the order.
    for (const evict of [() => false, ...evictors]) {
      evict();
      const address = take();
      if (address !== undefined) return address;
    }
    const { free, total } = device.memoryInfo();
    const own = outOfMemory(dtype, shape);
    const unused = heap.usage().free;
    throw new BezoarError(
      'OUT_OF_MEMORY',
      `${own.message}; the GPU has ${free} of ${total} bytes free, and ${unused} are free in pieces here`,
      {
        ...(own.advice === undefined ? {} : { advice: own.advice }),
        data: { ...own.data, free, total, unused },
      },
    );
  }

  const table = createTensorTable({
    take: takeOrThrow,
    release: (address) => heap.release(address),
    held: () => heap.held(),
    onTake,
  });

  const decoded = keepDecoded
    ? createDecodedWeights({ take: tryReserve, release: table.giveBack })
    : undefined;
  if (decoded) evictors.push(() => decoded.evict());
  const uploads = createUploads(device, table.reserve);

  function tryReserve(bytes: number): number | undefined {
    try {
      return table.reserve(bytes);
    } catch (error) {
      if (BezoarError.isInstance(error) && error.code === 'OUT_OF_MEMORY') return undefined;
      throw error;
    }
  }

  function writeFrom(tensor: Tensor, data: HostArray): void {
    const address = table.address(tensor);
    if (data.byteLength > UPLOAD_STAGED) uploads.write(address, bytesOf(data));
    else if (data.byteLength > 0) device.write(address, bytesOf(data));
  }

  /** Only the copy into pinned memory is enqueued at once: the tensor may be written or freed while one waits. */
  async function readStaged(address: number, target: Uint8Array): Promise<void> {
    const memory = staging.pop() ?? device.allocPinned(STAGED);
    device.startRead(memory, address, target.byteLength);
    await device.done();
    target.set(new Uint8Array(memory.buffer, 0, target.byteLength));
    staging.push(memory);
  }

  function track<Value>(work: Promise<Value>): Promise<Value> {
    pending.add(work);
    const forget = (): void => void pending.delete(work);
    work.then(forget, forget);
    return work;
  }

  return {
    methods: {
      alloc(dtype, shape) {
        const tensor = table.take(dtype, shape);
        if (tensor.size > 0) device.zero(table.address(tensor), tensor.size * bytesPerElement(dtype));
        return tensor;
      },
      upload(dtype, shape, data) {
        table.requireOpen();
        checkUpload(dtype, shape, data);
        const tensor = table.take(dtype, shape);
        writeFrom(tensor, data);
        if (data instanceof Int32Array) hostValues.set(tensor, data.slice());
        return tensor;
      },
      write(tensor, data) {
        checkWrite(tensor, data);
        writeFrom(tensor, data);
        if (data instanceof Int32Array) {
          if (data.length === tensor.size) hostValues.set(tensor, data.slice());
          else hostValues.get(tensor)?.set(data);
        }
      },
      async download<Type extends DType>(tensor: Tensor<Type>): Promise<HostArrayOf<Type>> {
        const address = table.address(tensor);
        const array = createHostArray(tensor);
        const bytes = bytesOf(array);
        if (bytes.byteLength > STAGED) device.read(address, bytes);
        else if (bytes.byteLength > 0) await track(readStaged(address, bytes));
        return array as HostArrayOf<Type>;
      },
      async synchronize() {
        table.requireOpen();
        await track(device.done());
      },
      async dispose() {
        if (!table.close()) return;
        await Promise.allSettled(pending);
        table.disposeAll();
        releaseAll(device, { slabs, staging: [...staging, ...uploads.pinned()] });
      },
      memory: table.memory,
    },
    address: table.address,
    reserve: table.reserve,
    giveBack: table.giveBack,
    scratch: table.scratch,
    decoded,
    onPressure: (evict) => void evictors.unshift(evict),
    output(tensor) {
      hostValues.delete(tensor);
      return table.address(tensor);
    },
    readI32(tensor) {
      const known = hostValues.get(tensor);
      if (known) return known;
      const values = new Int32Array(tensor.size);
      if (values.length > 0) device.read(table.address(tensor), bytesOf(values));
      return values;
    },
  };
}

function takeArena(device: CudaDevice, arena: number): MemoryRange {
  const bytes = Math.ceil(arena / ALIGNMENT) * ALIGNMENT;
  const address = device.alloc(bytes);
  if (address !== undefined) return { address, bytes };
  const { free, total } = device.memoryInfo();
  throw new BezoarError(
    'OUT_OF_MEMORY',
    `the GPU has ${free} of ${total} bytes free; ${bytes} were planned`,
    {
      advice: 'End other programs on this GPU, or make the batch or the sequence length smaller.',
      data: { bytes, free, total },
    },
  );
}

/** A lost context gives nothing back and ends with the process; disposing of it must not throw. */
function releaseAll(
  device: CudaDevice,
  { slabs, staging }: { slabs: readonly number[]; staging: readonly HostMemory[] },
): void {
  try {
    for (const memory of staging) device.freePinned(memory);
    for (const slab of slabs) device.free(slab);
  } catch (error) {
    if (!BezoarError.isInstance(error)) throw error;
  }
  device.close();
}
