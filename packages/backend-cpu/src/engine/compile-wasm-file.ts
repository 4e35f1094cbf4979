import { readFile } from 'node:fs/promises';
import { BezoarError } from '@bezoar/core';
import { webAssembly, type WasmModule } from './web-assembly.ts';

/** Throws BezoarError BACKEND_UNAVAILABLE. */
export async function compileWasmFile(file: string): Promise<WasmModule> {
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
