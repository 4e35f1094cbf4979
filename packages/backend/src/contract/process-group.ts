/**
 * The processes that work on one training together, as one of them sees them: the same program, each with a share of the work. All of
 * them call `gather` and `sum` in the same order. When one of them is gone, fails or does not come, the calls of all others throw
 * BezoarError PEER_FAILED with its rank.
 */
export interface ProcessGroup {
  /** 0 … size − 1. Rank 0 is the one that writes and reports. */
  readonly rank: number;
  readonly size: number;
  /** Aborted, with the error as its reason, when the group has fallen apart: nothing that waits for the others will end. */
  readonly failure: AbortSignal;
  /** The bytes of every process, by rank; they may be of different lengths. */
  gather(bytes: Uint8Array): Promise<readonly Uint8Array<ArrayBuffer>[]>;
  /**
   * Replaces values by their sums over all processes: added in the order of ranks in float64 and rounded once, so that every process gets
   * the same bits, and the same ones every time.
   */
  sum(values: Float32Array<ArrayBuffer>): Promise<void>;
}
