import type { CudaDevice } from './open-device.ts';

/** A device of which only addresses exist: nothing is copied or computed, reads leave what is there. */
export function openDryDevice({
  multiprocessors,
  memory,
}: {
  readonly multiprocessors: number;
  /** Bytes. */
  readonly memory: number;
}): CudaDevice {
  let [next, handles, held] = [2 ** 40, 0, 0];
  const nothing = (): void => undefined;
  return {
    capability: 80,
    multiprocessors,
    memoryInfo: () => ({ free: memory - held, total: memory }),
    alloc(bytes) {
      if (held + bytes > memory) return undefined;
      const address = next;
      held += bytes;
      // What cuMemAlloc gives does not touch either.
      next += bytes + 2 ** 21;
      return address;
    },
    free: nothing,
    allocPinned: (bytes) => ({ address: ++handles, buffer: new ArrayBuffer(bytes) }),
    freePinned: nothing,
    write: nothing,
    startWrite: nothing,
    createEvent: () => ++handles,
    record: nothing,
    waitOn: nothing,
    waitFor: nothing,
    startRead: nothing,
    read: nothing,
    copy: nothing,
    zero: nothing,
    done: () => Promise.resolve(),
    loadModule: () => ++handles,
    functionOf: () => ++handles,
    allowShared: nothing,
    launch: nothing,
    onStream: (use) => use(0),
    close: nothing,
  };
}
