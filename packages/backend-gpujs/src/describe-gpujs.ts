import { describeError } from '@bezoar/core';
import { loadGpuJs } from './gpujs/gpujs-module.ts';
import { supportedModes, type GpuJsMode } from './gpujs/gpujs-mode.ts';

export interface GpuJsDescription {
  /** What runs here, the one that `auto` takes first. Empty when there is no gpu.js. */
  readonly modes: readonly GpuJsMode[];
  /** Why there is none. */
  readonly reason?: string;
}

/** Says in which modes gpu.js can run here, without starting one. */
export async function describeGpuJs(): Promise<GpuJsDescription> {
  try {
    return { modes: supportedModes(await loadGpuJs()) };
  } catch (error) {
    return { modes: [], reason: describeError(error) };
  }
}
