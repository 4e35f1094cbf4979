import type * as cuda from '@bezoar/backend-cuda';
import { BezoarError } from '@bezoar/core';

/** The CUDA backend, an optional dependency, is loaded when it is wanted. Throws BezoarError MISSING_DEPENDENCY. */
export async function loadCudaPackage(): Promise<typeof cuda> {
  try {
    return await import('@bezoar/backend-cuda');
  } catch (cause) {
    throw new BezoarError('MISSING_DEPENDENCY', 'the package @bezoar/backend-cuda cannot be imported', {
      advice: 'Install it beside bezoar: npm install @bezoar/backend-cuda',
      cause,
    });
  }
}
