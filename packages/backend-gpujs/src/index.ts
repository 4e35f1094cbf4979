export { createGpuJsBackend, type GpuJsBackendOptions } from './create-gpujs-backend.ts';
export type { GpuJsMode } from './gpujs/gpujs-mode.ts';
