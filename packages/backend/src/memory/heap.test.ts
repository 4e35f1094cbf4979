import { createRng } from '@bezoar/core';
import { describe, expect, it } from 'vitest';
import { createHeap, type Heap } from './heap.ts';

/** A heap over one contiguous memory that grows up to `limit` bytes, 4 KiB at a time. */
function contiguousHeap(limit: number): Heap {
  let end = 64;
  return createHeap({
    grow(bytes) {
      const size = Math.ceil(bytes / 4096) * 4096;
      if (end + size > limit) return undefined;
      const address = end;
      end += size;
      return { address, bytes: size };
    },
  });
}

describe('createHeap', () => {
  it('aligns to 64 bytes and gives even an empty tensor an address of its own', () => {
    const heap = contiguousHeap(1e6);
    const addresses = [0, 1, 65, 0].map((bytes) => heap.take(bytes)!);
    expect(addresses.map((address) => address % 64)).toEqual([0, 0, 0, 0]);
    expect(new Set(addresses).size).toBe(4);
  });

  it('merges neighbours on both sides when they are released', () => {
    const heap = contiguousHeap(1e6);
    const [a, b, c] = [heap.take(1024)!, heap.take(1024)!, heap.take(1024)!];
    heap.release(a);
    heap.release(c);
    heap.release(b);
    expect(heap.usage()).toEqual({ taken: 0, free: 4096, holes: 1 });
  });

  it('takes the smallest hole that is large enough', () => {
    const heap = contiguousHeap(1e6);
    const [large, , small] = [heap.take(2048)!, heap.take(64)!, heap.take(512)!, heap.take(64)!];
    heap.release(large);
    heap.release(small);
    expect(heap.take(512)).toBe(small);
  });

  it('says that memory is out, and serves again what is released', () => {
    const heap = contiguousHeap(8192);
    const first = heap.take(4096)!;
    expect(heap.take(8192)).toBeUndefined();
    heap.release(first);
    expect(heap.take(4096)).toBe(first);
  });

  it('does not mind a second release', () => {
    const heap = contiguousHeap(1e6);
    const address = heap.take(64)!;
    heap.release(address);
    heap.release(address);
    expect(heap.usage().free).toBe(4096);
  });

  it('never hands out a byte twice, and merges everything in the end, over 5000 random steps', () => {
    const rng = createRng('heap');
    const heap = contiguousHeap(64 * 1024 * 1024);
    const live = new Map<number, number>();
    for (let step = 0; step < 5000; step++) {
      if (live.size > 0 && rng.next() < 0.5) {
        const address = rng.pick([...live.keys()]);
        heap.release(address);
        live.delete(address);
        continue;
      }
      const bytes = rng.int(20_000);
      const address = heap.take(bytes)!;
      for (const [other, size] of live) {
        if (address < other + size && other < address + Math.max(bytes, 1))
          throw new Error(`overlap at step ${step}`);
      }
      live.set(address, Math.max(bytes, 1));
    }
    for (const address of live.keys()) heap.release(address);
    expect(heap.usage()).toMatchObject({ taken: 0, holes: 1 });
  });
});
