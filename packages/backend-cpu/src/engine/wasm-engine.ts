import { readFile } from 'node:fs/promises';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
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

/**
 * A worker: an instance of the same module on the same memory, with a stack of its own, that serves the pool until it
 * stops. Plain source, because a worker's file would have to be found from src/, dist/ and bundles.
 */
const workerSource = `
const { workerData: { module, memory, stack, pool, thread } } = require('node:worker_threads');
const { exports } = new WebAssembly.Instance(module, { env: { memory } });
exports.__stack_pointer.value = stack;
exports.bz_worker(pool, thread);
`;

/** The WebAssembly tier: SIMD, one shared memory of up to 4 GiB, worker threads that wait on it. */
export async function createWasmEngine(options: {
  readonly file: string;
  readonly threads: number;
}): Promise<Engine> {
  const { threads } = options;
  const module = await compile(options.file);
  const memory = new webAssembly.Memory({ initial: 256, maximum: MAX_PAGES, shared: true });
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
  const workers = Array.from({ length: threads - 1 }, (_, i) => {
    const stack = reserve(STACK_BYTES) + STACK_BYTES;
    const workerData = { module, memory, stack, pool, thread: i + 1 };
    const worker = new Worker(workerSource, { eval: true, workerData, execArgv: [], name: 'bezoar-kernels' });
    // The pool works with any number of workers: one that cannot start costs speed, not results.
    worker.on('error', () => undefined);
    worker.unref();
    return { worker, ended: once(worker, 'exit') };
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
      for (const { worker } of workers) worker.ref();
      await Promise.all(workers.map(({ ended }) => ended));
    },
  };
}

async function compile(file: string): Promise<WasmModule> {
  try {
    return await webAssembly.compile(await readFile(file));
  } catch (cause) {
    throw new BezoarError('BACKEND_UNAVAILABLE', `the WebAssembly kernels cannot be loaded from ${file}`, {
      advice:
        'In a checkout run `pnpm build:kernels`; in an installation reinstall @bezoar/backend-cpu. Node must be 22 or newer.',
      cause,
      data: { file },
    });
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
