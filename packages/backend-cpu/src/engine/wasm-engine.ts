import { BezoarError } from '@bezoar/core';
import { createHeap } from '@bezoar/backend';
import type { Engine } from './engine.ts';
import type { KernelName } from './kernel-signatures.ts';
import { webAssembly, type SharedWasmMemory, type WasmModule } from './web-assembly.ts';

const PAGE = 65_536;
/** 4 GiB less a page: what the module declares (build-kernels.ts). */
const MAX_PAGES = 65_535;
const STACK_BYTES = 256 * 1024;
const SHARED_SCRATCH = 16 * 1024 * 1024;
const GROWTH = 16 * 1024 * 1024;

type WasmFunction = (...args: readonly number[]) => number;

/** What a thread needs to serve the pool: an instance of the same module on the same memory, with a stack of its own. */
export interface WasmThreadStart {
  readonly module: WasmModule;
  readonly memory: SharedWasmMemory;
  /** Where its stack begins, from above. */
  readonly stack: number;
  readonly pool: number;
  readonly thread: number;
}

export interface WasmThread {
  /** Resolves when the thread has ended, once the pool was stopped. */
  end(): Promise<void>;
}

export interface WasmEngineOptions {
  readonly module: WasmModule;
  readonly threads: number;
  /** Not called for one thread, which is the caller's own. */
  readonly startThread: (start: WasmThreadStart) => WasmThread;
}

/** The WebAssembly tier: SIMD, one shared memory of up to 4 GiB, threads that wait on it. */
export async function createWasmEngine({ module, threads, startThread }: WasmEngineOptions): Promise<Engine> {
  const memory = reserveMemory();
  const { exports } = await webAssembly.instantiate(module, { env: { memory } });
  const kernels = exports as Record<string, WasmFunction>;

  const heapBase = (exports.__heap_base as { readonly value: number }).value;
  let next = Math.ceil(heapBase / 64) * 64;
  const heap = createHeap({
    grow(bytes) {
      const room = memory.buffer.byteLength - next;
      if (room < bytes) {
        const pages = memory.buffer.byteLength / PAGE;
        const least = Math.ceil((bytes - room) / PAGE);
        const wanted = Math.min(Math.max(least, GROWTH / PAGE), MAX_PAGES - pages);
        if (wanted < least || !tryGrow(memory, wanted)) return undefined;
      }
      const range = { address: next, bytes: Math.floor((memory.buffer.byteLength - next) / 64) * 64 };
      next += range.bytes;
      return range;
    },
  });
  const reserve = (bytes: number): number => {
    const address = heap.take(bytes);
    if (address !== undefined) return address;
    throw new BezoarError('OUT_OF_MEMORY', `WebAssembly gave no memory for ${threads} threads`, {
      advice: 'Ask for fewer threads.',
      data: { threads, bytes },
    });
  };

  const pool = reserve(kernels.bz_pool_bytes!(threads, SHARED_SCRATCH));
  kernels.bz_pool_init!(pool, threads, SHARED_SCRATCH);
  const others = Array.from({ length: threads - 1 }, (_, i) => {
    const stack = reserve(STACK_BYTES) + STACK_BYTES;
    return startThread({ module, memory, stack, pool, thread: i + 1 });
  });

  let bytes = new Uint8Array(memory.buffer);
  const view = (): Uint8Array => {
    if (bytes.buffer !== memory.buffer) bytes = new Uint8Array(memory.buffer);
    return bytes;
  };

  return {
    name: 'wasm simd128',
    threads,
    bf16: false,
    heap,
    held: () => memory.buffer.byteLength,
    run(kernel: KernelName, args) {
      kernels[kernel]!(pool, ...args);
    },
    write: (address, source) => view().set(source, address),
    read: (address, target) => target.set(view().subarray(address, address + target.byteLength)),
    async stop() {
      kernels.bz_pool_stop!(pool);
      await Promise.all(others.map((thread) => thread.end()));
    },
  };
}

/** As much as the module may ever want. Where so much address space is not to be had, as on phones, less. */
function reserveMemory(): SharedWasmMemory {
  let maximum = MAX_PAGES;
  for (;;) {
    try {
      return new webAssembly.Memory({ initial: 256, maximum, shared: true });
    } catch (cause) {
      maximum = Math.floor(maximum / 2);
      if (maximum >= 1024) continue;
      throw new BezoarError(
        'BACKEND_UNAVAILABLE',
        'there is no WebAssembly memory here that threads can share',
        {
          advice: 'Free some memory, or compute on something else.',
          cause,
        },
      );
    }
  }
}

function tryGrow(memory: SharedWasmMemory, pages: number): boolean {
  try {
    memory.grow(pages);
    return true;
  } catch {
    return false;
  }
}
