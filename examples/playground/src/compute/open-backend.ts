import type { Backend } from '@bezoar/backend';
import { createWasmBackend } from '@bezoar/backend-cpu/browser';
import { createGpuJsBackend } from '@bezoar/backend-gpujs';
import { BezoarError, describeError } from '@bezoar/core';
import type { BackendFacts, BackendName, BackendWish } from '../shared/protocol.ts';

export interface OpenedBackend {
  readonly backend: Backend;
  readonly facts: BackendFacts;
}

const openers: Readonly<Record<BackendName, () => Promise<Backend>>> = {
  webgl2: () => createGpuJsBackend({ mode: 'webgl2' }),
  webgl: () => createGpuJsBackend({ mode: 'webgl' }),
  wasm: () => createWasmBackend(),
  javascript: () => createGpuJsBackend({ mode: 'cpu' }),
};

/** In the order in which they are tried. */
const order: readonly BackendName[] = ['webgl2', 'webgl', 'wasm', 'javascript'];

/** How the drivers that draw without a graphics card call themselves. */
const software = /swiftshader|llvmpipe|softpipe|basic render/i;

/**
 * The backend that is wished for. Or the best: WebGL where a graphics card draws, else the WebAssembly kernels, else plain
 * JavaScript; with the reason why each one before it does not run. Throws BezoarError BACKEND_UNAVAILABLE.
 */
export async function openBackend(wish: BackendWish): Promise<OpenedBackend> {
  const reasons: string[] = [];
  for (const name of wish === 'auto' ? order : [wish]) {
    try {
      const backend = await openers[name]();
      const { description } = backend.capabilities;
      if (wish === 'auto' && software.test(description)) {
        await backend.dispose();
        reasons.push(`Not ${name}: it is drawn in software here, which is slower than WebAssembly.`);
        continue;
      }
      return { backend, facts: { description, reasons } };
    } catch (error) {
      // Policies of a page and drivers have reasons of their own: whatever it is, the next one is tried.
      reasons.push(`Not ${name}: ${describeError(error)}`);
    }
  }
  throw new BezoarError('BACKEND_UNAVAILABLE', reasons.join(' '), {
    advice: 'Choose something else to compute on, in the settings.',
  });
}
