import type * as gpujs from '@bezoar/backend-gpujs';
import { BezoarError } from '@bezoar/core';

/** The gpu.js backend, an optional peer, is loaded when it is wanted. Throws BezoarError MISSING_DEPENDENCY. */
export async function loadGpuJsPackage(): Promise<typeof gpujs> {
  try {
    return await import('@bezoar/backend-gpujs');
  } catch (cause) {
    throw new BezoarError('MISSING_DEPENDENCY', 'the package @bezoar/backend-gpujs cannot be imported', {
      advice: 'Install it beside bezoar, with gpu.js: npm install @bezoar/backend-gpujs gpu.js',
      cause,
    });
  }
}
