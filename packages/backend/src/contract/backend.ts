import type * as ops from './ops.ts';
import type { ProcessGroup } from './process-group.ts';
import type { TensorSum } from './tensor-sum.ts';
import type { DType, HostArrayOf, Nf4Weight, Tensor } from './tensor.ts';

/**
 * What a compute backend is: memory, and about two dozen fused ops whose formulas stand in ops.ts.
 *
 * It is not a tensor language: no shapes are inferred, no graph is kept, no gradient is derived. Ops are enqueued in
 * program order; only `download` and `synchronize` wait. Shared code never asks for a backend's name, only for its
 * capabilities.
 */
export interface Backend extends BackendOps {
  readonly capabilities: BackendCapabilities;

  /** Zeroed memory. Throws BezoarError OUT_OF_MEMORY with the size asked for. */
  alloc<Type extends DType>(dtype: Type, shape: readonly number[]): Tensor<Type>;
  /** Copies host data into new memory. */
  upload<Type extends DType>(dtype: Type, shape: readonly number[], data: HostArrayOf<Type>): Tensor<Type>;
  /** Overwrites a tensor, or its first elements when `data` is shorter. */
  write(tensor: Tensor, data: Float32Array | Uint16Array | Int32Array | Uint8Array): void;
  /** Waits for all enqueued ops that write the tensor and copies it to the host. */
  download<Type extends DType>(tensor: Tensor<Type>): Promise<HostArrayOf<Type>>;
  /** Waits for everything enqueued so far. */
  synchronize(): Promise<void>;
  /** Frees all memory and threads. Idempotent. */
  dispose(): Promise<void>;
  /**
   * A way to sum tensors over processes that does not lead through the host, where this backend knows one; undefined where that is not
   * there. Called by all processes of the group.
   */
  openTensorSum?(group: ProcessGroup): Promise<TensorSum | undefined>;
  memory(): MemoryUse;
}

/** Bytes, tensors apart. */
export interface MemoryUse {
  /** Held by live tensors, and the most there ever were. */
  readonly live: number;
  readonly peak: number;
  /** Number of live tensors. */
  readonly tensors: number;
  /** The most that tensors and the ops' own memory took at a time. */
  readonly busiest: number;
  /** Taken from the device or the system so far: what is in use, and the holes between. */
  readonly held: number;
}

export interface BackendCapabilities {
  /** For people: `reference`, `cpu native avx512-bf16, 2 threads`. Never branch on it. */
  readonly description: string;
  /** Formats that `linear` and its input gradient accept as weights. */
  readonly weightFormats: ReadonlySet<'f32' | 'bf16' | 'nf4'>;
  /** Greatest head size of the attention ops. */
  readonly maxHeadDim: number;
  /**
   * Kernels are compiled anew for every size of their arguments, which takes longer than running them: shared code keeps to few
   * sizes then, with rows that count for nothing. False where it is left out.
   */
  readonly compilesForSizes?: boolean;
  /** Ops that this backend cannot do, each with the reason. Calling one throws BezoarError UNSUPPORTED. */
  readonly missing: Readonly<Partial<Record<keyof BackendOps, string>>>;
}

export interface BackendOps {
  gatherRows(args: ops.GatherRowsArgs): void;
  scatterRows(args: ops.ScatterRowsArgs): void;
  scatterAddRows(args: ops.ScatterAddRowsArgs): void;
  rmsNorm(args: ops.RmsNormArgs): void;
  rmsNormBackward(args: ops.RmsNormBackwardArgs): void;
  linear(args: ops.LinearArgs): void;
  linearBackwardInput(args: ops.LinearBackwardInputArgs): void;
  linearBackwardWeight(args: ops.LinearBackwardWeightArgs): void;
  dropout(args: ops.DropoutArgs): void;
  addNoise(args: ops.AddNoiseArgs): void;
  loraForward(args: ops.LoraForwardArgs): void;
  loraBackward(args: ops.LoraBackwardArgs): void;
  doraNorms(args: ops.DoraNormsArgs): void;
  doraForward(args: ops.DoraForwardArgs): void;
  doraBackward(args: ops.DoraBackwardArgs): void;
  rope(args: ops.RopeArgs): void;
  attention(args: ops.AttentionArgs): void;
  attentionBackward(args: ops.AttentionBackwardArgs): void;
  cachedAttention(args: ops.CachedAttentionArgs): void;
  swiglu(args: ops.SwigluArgs): void;
  swigluBackward(args: ops.SwigluBackwardArgs): void;
  linearCrossEntropy(args: ops.LinearCrossEntropyArgs): void;
  add(args: ops.AddArgs): void;
  fill(args: ops.FillArgs): void;
  copy(args: ops.CopyArgs): void;
  nf4Quantize(args: ops.Nf4QuantizeArgs): Nf4Weight;
  nf4Dequantize(args: ops.Nf4DequantizeArgs): void;
  sumOfSquares(args: ops.SumOfSquaresArgs): void;
  adamW(args: ops.AdamWArgs): void;
  adamW8bit(args: ops.AdamW8bitArgs): void;
  topK(args: ops.TopKArgs): void;
}
