export { createCudaBackend, type CudaBackendOptions } from './create-cuda-backend.ts';
export { createCudaDryRun, type CudaDryRunOptions } from './create-cuda-dry-run.ts';
export { describeCuda, type CudaDescription } from './describe-cuda.ts';
export type { CudaDeviceFacts } from './driver/probe-cuda.ts';
