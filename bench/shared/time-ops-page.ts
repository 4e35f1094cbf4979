import { createGpuJsBackend, type GpuJsMode } from '@bezoar/backend-gpujs';
import { timeOps, type BackendFigures } from './time-ops.ts';

/** For a page, and for another Node: the ops on gpu.js in one mode. */
export function timeGpuJs(mode: GpuJsMode, calls: number): Promise<BackendFigures> {
  return timeOps(() => createGpuJsBackend({ mode }), calls);
}
