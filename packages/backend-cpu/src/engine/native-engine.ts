import os from 'node:os';
import { BezoarError } from '@bezoar/core';
import { createHeap } from '@bezoar/backend';
import type { Engine } from './engine.ts';
import type { InstructionSet } from './instruction-sets.ts';
import { loadNativeLibrary } from './native-library.ts';

export const SHARED_SCRATCH: number = 64 * 1024 * 1024;
/** Memory is taken from the system in slabs of at least this size, and kept until the backend is disposed. */
export const SLAB: number = 64 * 1024 * 1024;

/** The native tier: kernels of one instruction set, threads of the library's own, memory from the system. */
export async function createNativeEngine(options: {
  readonly file: string;
  readonly isa: InstructionSet;
  readonly threads: number;
  /** Bytes that may be held; by default what the machine (or its container) has. */
  readonly memoryLimit?: number;
}): Promise<Engine> {
  const { isa, threads, memoryLimit = systemMemory() } = options;
  const library = await loadNativeLibrary(options.file, isa);
  const slabs: number[] = [];
  let held = 0;
  const takeSlab = (bytes: number): number | undefined => {
    const address = held + bytes > memoryLimit ? 0 : library.take(bytes);
    if (address === 0) return undefined;
    slabs.push(address);
    held += bytes;
    return address;
  };
  const heap = createHeap({
    grow(bytes) {
      for (const size of [Math.max(bytes, SLAB), bytes]) {
        const address = takeSlab(size);
        if (address !== undefined) return { address, bytes: size };
      }
      return undefined;
    },
  });

  const poolBytes = library.poolBytes(threads, SHARED_SCRATCH);
  const pool = takeSlab(poolBytes);
  if (pool === undefined) {
    throw new BezoarError(
      'OUT_OF_MEMORY',
      `no memory for the scratch of ${threads} threads: ${poolBytes} bytes`,
      {
        advice: 'Ask for fewer threads.',
        data: { threads, bytes: poolBytes },
      },
    );
  }
  library.poolInit(pool, threads, SHARED_SCRATCH);
  const workers = library.threadsStart(pool);
  let stopped = false;

  return {
    name: `native ${isa}`,
    threads,
    bf16: isa === 'avx512bf16',
    heap,
    held: () => held,
    run(kernel, args) {
      library.kernels[kernel](pool, ...args);
    },
    write: (address, source) => library.write(address, source, source.byteLength),
    read: (address, target) => library.read(target, address, target.byteLength),
    stop() {
      if (!stopped) {
        stopped = true;
        library.threadsEnd(pool, workers);
        for (const slab of slabs) library.release(slab);
      }
      return Promise.resolve();
    },
  };
}

function systemMemory(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, os.totalmem()) : os.totalmem();
}
