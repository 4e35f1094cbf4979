import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createRng } from '@bezoar/core';

/** The kernels, compiled for this processor, and the driver before them: also cuBLASLt and NVRTC. */
export const kernels: URL = new URL('../../lib/fake/', import.meta.url);
export const library: string = fileURLToPath(new URL('libcuda.so', kernels));

/** Why tests over it are skipped; undefined when it was built. */
export const isMissing: boolean = !existsSync(library);

/** Takes back what a test made the fake device pretend. */
export function resetFake(): void {
  for (const name of Object.keys(process.env))
    if (name.startsWith('FAKE_')) Reflect.deleteProperty(process.env, name);
}

export function noise(size: number, seed: number): Float32Array<ArrayBuffer> {
  const rng = createRng(seed);
  return Float32Array.from({ length: size }, () => rng.next() * 2 - 1);
}
