export { createCudaBackend, type CudaBackendOptions } from './create-cuda-backend.ts';
export { describeCuda, type CudaDescription } from './describe-cuda.ts';
export type { CudaDeviceFacts } from './driver/probe-cuda.ts';
