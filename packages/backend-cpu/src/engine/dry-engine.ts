import { createHeap } from '@bezoar/backend';
import type { Engine } from './engine.ts';
import { SHARED_SCRATCH, SLAB } from './native-engine.ts';

/** THREAD_SCRATCH of kernels/pool.h. */
const THREAD_SCRATCH = 3 * 1024 * 1024;
/** What ops read back (indices, lengths of sequences) is written in pieces smaller than this; weights need not be remembered. */
const REMEMBERED = 4 * 1024 * 1024;

/** The native tier's memory without the memory: addresses are given out as there, kernels are not run, what was written is read back. */
export function createDryEngine(threads: number): Engine {
  let next = SLAB;
  const written = new Map<number, Uint8Array>();
  const heap = createHeap({
    grow(bytes) {
      const range = { address: next, bytes: Math.max(bytes, SLAB) };
      // Slabs of the system do not touch either.
      next += range.bytes + SLAB;
      return range;
    },
  });
  return {
    name: 'dry run',
    threads,
    bf16: true,
    heap,
    held: () => heap.held() + SHARED_SCRATCH + threads * THREAD_SCRATCH,
    run(kernel, args) {
      // New tensors are zeroed by it.
      if (kernel === 'bz_copy_words' && args[0] === 0) written.delete(args[1]!);
    },
    write(address, bytes) {
      if (bytes.byteLength < REMEMBERED) written.set(address, bytes.slice());
      else written.delete(address);
    },
    read(address, bytes) {
      const known = written.get(address);
      if (known) bytes.set(known.subarray(0, bytes.byteLength));
    },
    stop: () => Promise.resolve(),
  };
}
