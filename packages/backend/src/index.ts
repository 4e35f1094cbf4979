export { argumentChecks, type ArgumentChecks, type OpArgs, type OpName } from './checks/argument-checks.ts';
export { bytesPerElement, checkAlloc, checkUpload, checkWrite, outOfMemory } from './checks/check-memory.ts';
export { checkCuSeqlens, checkIndices, checkTargets } from './checks/check-values.ts';
export { requireLive } from './checks/require.ts';
export { withArgumentChecks } from './checks/with-argument-checks.ts';
export type { Backend, BackendCapabilities, BackendOps, MemoryUse } from './contract/backend.ts';
export { bindOps, type OpFunctions } from './contract/bind-ops.ts';
export { hasDtype } from './contract/has-dtype.ts';
export type * from './contract/ops.ts';
export type { ProcessGroup } from './contract/process-group.ts';
export type { TensorSum } from './contract/tensor-sum.ts';
export type {
  DType,
  HostArray,
  HostArrayOf,
  Nf4Scales,
  Nf4Weight,
  Tensor,
  Weight,
} from './contract/tensor.ts';
export { gatherNumbers } from './group/gather-numbers.ts';
export { openTensorSum } from './group/open-tensor-sum.ts';
export { shareOf } from './group/share-of.ts';
export { createHeap, type Heap, type HeapOptions, type MemoryRange } from './memory/heap.ts';
export { bytesOf, createHostArray } from './memory/host-array.ts';
export { createMemoryMeter, type MemoryMeter, type MeteredMemory } from './memory/memory-meter.ts';
export {
  createTensorTable,
  type MemoryTake,
  type TensorTable,
  type TensorTableOptions,
} from './memory/tensor-table.ts';
export { nf4Code, nf4Midpoints } from './nf4/code.ts';
export { dequantizeNf4, dequantizeScales } from './nf4/dequantize-nf4.ts';
export { signedDynamicMap, unsignedDynamicMap } from './nf4/dynamic-map.ts';
export {
  quantizeNf4,
  quantizeNf4Scales,
  type Nf4Data,
  type Nf4DataScales,
  type Nf4Options,
} from './nf4/quantize-nf4.ts';
export { quantizeNf4ByKernel, type Nf4Kernel } from './nf4/quantize-nf4-by-kernel.ts';
export { uploadNf4 } from './nf4/upload-nf4.ts';
export { adamWCoefficients } from './numeric/adamw-coefficients.ts';
export { bf16ToF32, f32ToBf16 } from './numeric/bf16.ts';
export { philox4x32, type PhiloxWords } from './numeric/philox.ts';
export { createReferenceBackend } from './reference/create-reference-backend.ts';
