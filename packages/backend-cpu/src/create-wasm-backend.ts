import type { Backend } from '@bezoar/backend';
import { BezoarError } from '@bezoar/core';
import { assembleBackend } from './assemble-backend.ts';
import { createWasmEngine } from './engine/wasm-engine.ts';
import { webAssembly, type WasmModule } from './engine/web-assembly.ts';

export interface WasmBackendOptions {
  /**
   * The kernels: their bytes, or where to fetch them. By default the package's own `lib/kernels.wasm`, which bundlers copy because
   * they know `new URL('…', import.meta.url)`.
   */
  readonly kernels?: URL | Uint8Array<ArrayBuffer>;
}

/**
 * The WebAssembly tier of the CPU backend on the calling thread, for browsers and wherever else there is no Node: run it in a Web
 * Worker. The page needs no cross-origin isolation, since nothing is shared with another thread.
 *
 * Throws BezoarError BACKEND_UNAVAILABLE (the kernels cannot be fetched, or need what this browser has not) or OUT_OF_MEMORY.
 */
export async function createWasmBackend(options: WasmBackendOptions = {}): Promise<Backend> {
  const { kernels = new URL('../lib/kernels.wasm', import.meta.url) } = options;
  const module = await compileKernels(kernels);
  const engine = await createWasmEngine({
    module,
    threads: 1,
    startThread: () => {
      throw new Error('One thread starts no other.');
    },
  });
  return assembleBackend(engine, { precision: 'f32' });
}

async function compileKernels(kernels: URL | Uint8Array<ArrayBuffer>): Promise<WasmModule> {
  try {
    if (kernels instanceof Uint8Array) return await webAssembly.compile(kernels);
    const response = await fetch(kernels);
    if (!response.ok) throw new Error(`status ${response.status}`);
    return await webAssembly.compile(new Uint8Array(await response.arrayBuffer()));
  } catch (cause) {
    const where = kernels instanceof URL ? ` from ${kernels.href}` : '';
    throw new BezoarError('BACKEND_UNAVAILABLE', `the WebAssembly kernels cannot be loaded${where}`, {
      advice: 'They need relaxed SIMD, which recent browsers have.',
      cause,
    });
  }
}
