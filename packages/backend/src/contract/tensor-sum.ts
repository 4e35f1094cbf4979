import type { Tensor } from './tensor.ts';

/** Sums tensors over the processes of a group. */
export interface TensorSum {
  /** The way, for people: `NCCL 2.21`, `host memory`. */
  readonly description: string;
  /**
   * Replaces every tensor by its sum over all processes, each of which gets the same bits. All processes give tensors of the same shapes in
   * the same order. Throws BezoarError PEER_FAILED.
   */
  sum(tensors: readonly Tensor<'f32'>[]): Promise<void>;
  dispose(): void;
}
