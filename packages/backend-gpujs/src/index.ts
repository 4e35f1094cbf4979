export { createGpuJsBackend, type GpuJsBackendOptions } from './create-gpujs-backend.ts';
export { describeGpuJs, type GpuJsDescription } from './describe-gpujs.ts';
export type { GpuJsMode } from './gpujs/gpujs-mode.ts';
