export { argumentChecks, type ArgumentChecks, type OpArgs, type OpName } from './checks/argument-checks.ts';
export { bytesPerElement, checkAlloc, checkUpload, checkWrite, outOfMemory } from './checks/check-memory.ts';
export { checkCuSeqlens, checkIndices, checkTargets } from './checks/check-values.ts';
export { requireLive } from './checks/require.ts';
export { withArgumentChecks } from './checks/with-argument-checks.ts';
export type { Backend, BackendCapabilities, BackendOps } from './contract/backend.ts';
export type * from './contract/ops.ts';
export type {
  DType,
  HostArray,
  HostArrayOf,
  Nf4Scales,
  Nf4Weight,
  Tensor,
  Weight,
} from './contract/tensor.ts';
