export type { Backend, BackendCapabilities, BackendOps } from './contract/backend.ts';
export type * from './contract/ops.ts';
export type { DType, HostArray, HostArrayOf, Nf4Scales, Nf4Weight, Tensor, Weight } from './contract/tensor.ts';
