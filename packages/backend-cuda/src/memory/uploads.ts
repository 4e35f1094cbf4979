import type { HostMemory } from '../driver/cuda-driver.ts';
import type { CudaDevice } from '../driver/open-device.ts';

export interface Uploads {
  /** Enqueues a copy in the order of the computing stream; the host's bytes may change as soon as it returns. */
  write(address: number, bytes: Uint8Array): void;
  /** The pinned memory that is in use. */
  pinned(): readonly HostMemory[];
}

/** Bytes of a slot, and their number. */
const [SLOT, SLOTS] = [1024 * 1024, 4];

/** A piece on its way: in pinned memory, then in a buffer on the device. */
interface Slot {
  readonly pinned: HostMemory;
  readonly address: number;
  /** The bytes have left pinned memory. */
  readonly copied: number;
  /** They have left the buffer. */
  readonly taken: number;
}

/**
 * Large uploads through a ring of pinned memory: the second stream brings a piece to the device while the first computes; the first takes it
 * to its place when its turn comes. So an upload waits neither for the kernels that were enqueued before it, nor do these see it too early, and
 * memory that is used again needs no care.
 */
export function createUploads(device: CudaDevice, reserve: (bytes: number) => number): Uploads {
  const buffer = reserve(SLOT * SLOTS);
  const slots: Slot[] = [];
  let next = 0;

  const slotAt = (index: number): Slot => {
    const known = slots[index];
    if (known) {
      device.waitFor(known.copied);
      return known;
    }
    const fresh: Slot = {
      pinned: device.allocPinned(SLOT),
      address: buffer + index * SLOT,
      copied: device.createEvent(),
      taken: device.createEvent(),
    };
    slots.push(fresh);
    return fresh;
  };

  return {
    write(address, bytes) {
      for (let at = 0; at < bytes.byteLength; at += SLOT) {
        const piece = bytes.subarray(at, at + SLOT);
        const slot = slotAt(next);
        next = (next + 1) % SLOTS;
        new Uint8Array(slot.pinned.buffer).set(piece);
        device.waitOn('copies', slot.taken);
        device.startWrite(slot.address, slot.pinned, piece.byteLength);
        device.record(slot.copied, 'copies');
        device.waitOn('compute', slot.copied);
        device.copy(address + at, slot.address, piece.byteLength);
        device.record(slot.taken, 'compute');
      }
    },
    pinned: () => slots.map(({ pinned }) => pinned),
  };
}
