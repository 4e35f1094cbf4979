/** A stretch of addresses. */
export interface MemoryRange {
  readonly address: number;
  readonly bytes: number;
}

export interface HeapOptions {
  /** Brings at least that many bytes more, aligned, or undefined when there are none left. */
  readonly grow: (bytes: number) => MemoryRange | undefined;
  /** Of all addresses and sizes, in bytes; 64 by default. */
  readonly alignment?: number;
}

export interface Heap {
  /** The address of that many bytes, aligned and not zeroed; undefined when memory is out. */
  take(bytes: number): number | undefined;
  /** Gives back what `take` gave. */
  release(address: number): void;
  /** Bytes taken, bytes free, and the number of free stretches. */
  usage(): { readonly taken: number; readonly free: number; readonly holes: number };
  /** Bytes that were grown so far. */
  held(): number;
}

/**
 * The allocator of device memory: best fit over a list of free stretches sorted by address; neighbours merge when they
 * are released. Live tensors are few and large, so a list is enough; memory that was grown is kept and used again.
 */
export function createHeap({ grow, alignment = 64 }: HeapOptions): Heap {
  /** Sorted by address; no two touch. */
  const free: { address: number; bytes: number }[] = [];
  const taken = new Map<number, number>();
  let held = 0;

  function insert({ address, bytes }: MemoryRange): void {
    let at = 0;
    let end = free.length;
    while (at < end) {
      const middle = (at + end) >>> 1;
      if (free[middle]!.address < address) at = middle + 1;
      else end = middle;
    }
    const before = free[at - 1];
    const after = free[at];
    const joinsBefore = before !== undefined && before.address + before.bytes === address;
    const joinsAfter = after !== undefined && address + bytes === after.address;
    if (joinsBefore) before.bytes += bytes + (joinsAfter ? after.bytes : 0);
    else if (joinsAfter) free[at] = { address, bytes: bytes + after.bytes };
    else free.splice(at, 0, { address, bytes });
    if (joinsBefore && joinsAfter) free.splice(at, 1);
  }

  function bestFit(bytes: number): number {
    let best = -1;
    for (let i = 0; i < free.length; i++) {
      const size = free[i]!.bytes;
      if (size >= bytes && (best < 0 || size < free[best]!.bytes)) best = i;
    }
    return best;
  }

  return {
    take(bytes) {
      const size = Math.max(alignment, Math.ceil(bytes / alignment) * alignment);
      let at = bestFit(size);
      if (at < 0) {
        const range = grow(size);
        if (!range) return undefined;
        held += range.bytes;
        insert(range);
        at = bestFit(size);
      }
      const hole = free[at]!;
      const { address } = hole;
      if (hole.bytes === size) {
        free.splice(at, 1);
      } else {
        hole.address += size;
        hole.bytes -= size;
      }
      taken.set(address, size);
      return address;
    },
    release(address) {
      const bytes = taken.get(address);
      if (bytes === undefined) return;
      taken.delete(address);
      insert({ address, bytes });
    },
    usage() {
      const sum = (sizes: Iterable<number>): number => [...sizes].reduce((total, bytes) => total + bytes, 0);
      return { taken: sum(taken.values()), free: sum(free.map(({ bytes }) => bytes)), holes: free.length };
    },
    held: () => held,
  };
}
