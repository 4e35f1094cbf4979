import type { CudaDriver, DriverArgument, DriverFunction, HostMemory } from './cuda-driver.ts';
import { cudaError, cudaStatus, isSticky } from './cuda-error.ts';

/**
 * A GPU with two streams. Everything is enqueued on the first in order, but for what names the second, `copies`, which brings bytes from
 * pinned memory while the first computes; events order the two. Addresses and handles are numbers.
 */
export interface CudaDevice {
  /** 80 for 8.0. */
  readonly capability: number;
  readonly multiprocessors: number;
  /** Bytes that are free, and all. */
  memoryInfo(): { readonly free: number; readonly total: number };
  /** Undefined when there is no memory. */
  alloc(bytes: number): number | undefined;
  /** Waits for all work. */
  free(address: number): void;
  /** Host memory that the device reads and writes by itself. */
  allocPinned(bytes: number): HostMemory;
  freePinned(memory: HostMemory): void;
  /** Enqueues a copy; the host's bytes may change as soon as it returns. */
  write(address: number, bytes: Uint8Array): void;
  /** Enqueues a copy from pinned memory on the second stream; the bytes must stay until it is done. */
  startWrite(address: number, memory: HostMemory, bytes: number): void;
  createEvent(): number;
  /** The event comes when what was enqueued on the stream is done. */
  record(event: number, stream: StreamName): void;
  /** What is enqueued on the stream from now on waits for the event as it was recorded last. */
  waitOn(stream: StreamName, event: number): void;
  /** Waits for the event as it was recorded last. */
  waitFor(event: number): void;
  /** Enqueues a copy into pinned memory. */
  startRead(memory: HostMemory, address: number, bytes: number): void;
  /** Waits for all work and copies to the host. */
  read(address: number, target: Uint8Array): void;
  copy(to: number, from: number, bytes: number): void;
  zero(address: number, bytes: number): void;
  /** Resolves when everything that was enqueued before has been done. */
  done(): Promise<void>;
  loadModule(image: Uint8Array): number | undefined;
  functionOf(module: number, name: string): number;
  /** Allows a kernel more than 48 KiB of dynamic shared memory. */
  allowShared(kernel: number, bytes: number): void;
  /** Calls what enqueues work of another library, with the context current and the stream. */
  onStream<Value>(use: (stream: number) => Value): Value;
  /** Enqueues a kernel with its packed arguments. */
  launch(kernel: number, shape: LaunchShape, pack: (view: DataView) => number): void;
  close(): void;
}

export type StreamName = 'compute' | 'copies';

export interface LaunchShape {
  readonly grid: readonly [number, number, number];
  readonly threads: number;
  /** Bytes of dynamic shared memory. */
  readonly shared: number;
}

const attributes = { multiprocessors: 16, capabilityMajor: 75, capabilityMinor: 76 } as const;
const STREAM_NON_BLOCKING = 1;
const EVENT_DISABLE_TIMING = 2;
const MAX_DYNAMIC_SHARED = 8;
const ARGUMENT_BYTES = 1024;

/** Opens the primary context of a device. Throws BezoarError BACKEND_UNAVAILABLE. */
export function openDevice(driver: CudaDriver, ordinal: number): CudaDevice {
  /** The status that has made the context useless. */
  let lost: { readonly call: DriverFunction; readonly status: number } | undefined;

  const attempt = (name: DriverFunction, ...args: readonly DriverArgument[]): number => {
    if (lost) throw cudaError(driver.errorName(lost.status), lost.call, lost.status);
    const status = driver.status(name, ...args);
    if (isSticky(status)) lost = { call: name, status };
    return status;
  };
  const call: typeof attempt = (name, ...args) => {
    const status = attempt(name, ...args);
    if (status !== cudaStatus.success) throw cudaError(driver.errorName(status), name, status);
    return status;
  };
  const word = new BigUint64Array(2);
  const handle = (name: DriverFunction, ...args: readonly DriverArgument[]): number => {
    call(name, word, ...args);
    return Number(word[0]);
  };
  const number = new Int32Array(1);
  const attribute = (id: number): number => {
    call('cuDeviceGetAttribute', number, id, device);
    return number[0]!;
  };

  call('cuInit', 0);
  call('cuDeviceGet', number, ordinal);
  const device = number[0]!;
  const context = handle('cuDevicePrimaryCtxRetain', device);
  /** The context is current per thread, and other code in it may have set its own. */
  const enter = (): void => void call('cuCtxSetCurrent', context);
  enter();
  const stream = handle('cuStreamCreate', STREAM_NON_BLOCKING);
  const streams = { compute: stream, copies: handle('cuStreamCreate', STREAM_NON_BLOCKING) };
  /** Those of `done` that are free, and all. */
  const events: number[] = [];
  const allEvents: number[] = [];
  const createEvent = (): number => {
    enter();
    const event = handle('cuEventCreate', EVENT_DISABLE_TIMING);
    allEvents.push(event);
    return event;
  };

  // The driver copies arguments when a kernel is enqueued: one block of memory serves all launches.
  const block = driver.allocHost(ARGUMENT_BYTES + 64);
  const packed = new DataView(block.buffer, 64, ARGUMENT_BYTES);
  const size = new DataView(block.buffer, 40, 8);
  const extra = new BigUint64Array(block.buffer, 0, 5);
  const [bufferPointer, bufferSize, end] = [1n, 2n, 0n];
  extra.set([bufferPointer, BigInt(block.address + 64), bufferSize, BigInt(block.address + 40), end]);

  return {
    capability: attribute(attributes.capabilityMajor) * 10 + attribute(attributes.capabilityMinor),
    multiprocessors: attribute(attributes.multiprocessors),
    memoryInfo() {
      enter();
      call('cuMemGetInfo_v2', word.subarray(0, 1), word.subarray(1, 2));
      return { free: Number(word[0]), total: Number(word[1]) };
    },
    alloc(bytes) {
      enter();
      const status = attempt('cuMemAlloc_v2', word, bytes);
      if (status === cudaStatus.outOfMemory) return undefined;
      if (status !== cudaStatus.success) throw cudaError(driver.errorName(status), 'cuMemAlloc_v2', status);
      return Number(word[0]);
    },
    free(address) {
      enter();
      call('cuMemFree_v2', address);
    },
    allocPinned(bytes) {
      enter();
      const address = handle('cuMemHostAlloc', bytes, 0);
      return { address, buffer: driver.view(address, bytes) };
    },
    freePinned({ address }) {
      enter();
      call('cuMemFreeHost', address);
    },
    write(address, bytes) {
      enter();
      call('cuMemcpyHtoDAsync_v2', address, bytes, bytes.byteLength, stream);
    },
    startWrite(address, { buffer }, bytes) {
      enter();
      call('cuMemcpyHtoDAsync_v2', address, new Uint8Array(buffer, 0, bytes), bytes, streams.copies);
    },
    createEvent,
    record(event, name) {
      enter();
      call('cuEventRecord', event, streams[name]);
    },
    waitOn(name, event) {
      enter();
      call('cuStreamWaitEvent', streams[name], event, 0);
    },
    waitFor(event) {
      enter();
      call('cuEventSynchronize', event);
    },
    startRead(memory, address, bytes) {
      enter();
      call('cuMemcpyDtoHAsync_v2', memory.address, address, bytes, stream);
    },
    read(address, target) {
      enter();
      call('cuStreamSynchronize', stream);
      call('cuMemcpyDtoH_v2', target, address, target.byteLength);
    },
    copy(to, from, bytes) {
      enter();
      call('cuMemcpyDtoDAsync_v2', to, from, bytes, stream);
    },
    zero(address, bytes) {
      enter();
      call('cuMemsetD8Async', address, 0, bytes, stream);
    },
    async done() {
      enter();
      const event = events.pop() ?? createEvent();
      call('cuEventRecord', event, stream);
      for (;;) {
        enter();
        const status = attempt('cuEventQuery', event);
        if (status === cudaStatus.success) break;
        if (status !== cudaStatus.notReady) throw cudaError(driver.errorName(status), 'cuEventQuery', status);
        // Asked again and again, because a timer's millisecond is as long as a token; other work of the process goes on.
        await new Promise((resolve) => setImmediate(resolve));
      }
      events.push(event);
    },
    loadModule(image) {
      enter();
      const status = attempt('cuModuleLoadData', word, image);
      return status === cudaStatus.success ? Number(word[0]) : undefined;
    },
    functionOf(module, name) {
      enter();
      return handle('cuModuleGetFunction', module, name);
    },
    allowShared(kernel, bytes) {
      enter();
      call('cuFuncSetAttribute', kernel, MAX_DYNAMIC_SHARED, bytes);
    },
    launch(kernel, { grid: [x, y, z], threads, shared }, pack) {
      size.setBigUint64(0, BigInt(pack(packed)), true);
      enter();
      call('cuLaunchKernel', kernel, x, y, z, threads, 1, 1, shared, stream, 0, block.address);
    },
    onStream(use) {
      enter();
      return use(stream);
    },
    close() {
      // Nothing can be given back in a lost context; it ends with the process.
      if (lost) return;
      enter();
      for (const each of Object.values(streams)) call('cuStreamSynchronize', each);
      for (const event of allEvents) call('cuEventDestroy_v2', event);
      for (const each of Object.values(streams)) call('cuStreamDestroy_v2', each);
      call('cuDevicePrimaryCtxRelease_v2', device);
    },
  };
}
