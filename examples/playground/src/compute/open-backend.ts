import type { Backend } from '@bezoar/backend';
import { createWasmBackend } from '@bezoar/backend-cpu/browser';
import { createGpuJsBackend } from '@bezoar/backend-gpujs';
import { BezoarError, describeError } from '@bezoar/core';
import type { BackendFacts, BackendName, BackendWish } from '../shared/protocol.ts';

export interface OpenedBackend {
  readonly backend: Backend;
  readonly facts: BackendFacts;
}

interface Choice {
  readonly name: BackendName;
  readonly label: string;
  readonly open: () => Promise<Backend>;
}

/** In the order in which they are tried. */
const choices: readonly Choice[] = [
  { name: 'webgl2', label: 'WebGL 2', open: () => createGpuJsBackend({ mode: 'webgl2' }) },
  { name: 'webgl', label: 'WebGL 1', open: () => createGpuJsBackend({ mode: 'webgl' }) },
  { name: 'wasm', label: 'WebAssembly', open: () => createWasmBackend() },
  { name: 'javascript', label: 'JavaScript', open: () => createGpuJsBackend({ mode: 'cpu' }) },
];

/** How the drivers that draw without a graphics card call themselves. */
const software = /swiftshader|llvmpipe|softpipe|basic render/i;

/**
 * The backend that is wished for. Or the best: WebGL where a graphics card draws, else the WebAssembly kernels, else plain
 * JavaScript; with the reason why each one before it does not run. Throws BezoarError BACKEND_UNAVAILABLE.
 */
export async function openBackend(wish: BackendWish): Promise<OpenedBackend> {
  const reasons: string[] = [];
  for (const { label, open } of choices.filter(({ name }) => wish === 'auto' || wish === name)) {
    try {
      const backend = await open();
      const { description } = backend.capabilities;
      if (wish === 'auto' && software.test(description)) {
        await backend.dispose();
        reasons.push(`Not ${label}: it is drawn in software here, which is slower than WebAssembly.`);
        continue;
      }
      return { backend, facts: { description, reasons } };
    } catch (error) {
      // Policies of a page and drivers have reasons of their own: whatever it is, the next one is tried.
      reasons.push(`Not ${label}: ${describeError(error)}`);
    }
  }
  throw new BezoarError('BACKEND_UNAVAILABLE', reasons.join(' '), {
    advice: 'Choose something else to compute on, in the settings.',
  });
}
