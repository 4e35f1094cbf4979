/** Where the memory of a training is at its busiest moment, in bytes. */
export interface MemoryPlan {
  /** For people. */
  readonly backend: string;
  readonly kinds: Readonly<Record<MemoryKind, number>>;
  /** The sum of the kinds. */
  readonly training: number;
  /** The most that loading the model takes; and what the backend holds then. */
  readonly loading: number;
  readonly heldByLoading: number;
  /** The most that the backend takes from the device, holes among it: what has to be free. */
  readonly held: number;
  /** What the process needs beside the backend while it loads. */
  readonly hostCopy: number;
}

export type MemoryKind =
  /** The base model. */
  | 'weights'
  | 'adapters'
  /** A reference model of its own, beside the one that learns. */
  | 'reference'
  | 'gradients'
  /** Moments. */
  | 'optimizer'
  /** Kept for the backward pass, and the buffers of the passes. */
  | 'activations'
  /** The chunk of logits that the output layer works on. */
  | 'logits'
  /** Of the op that runs: packed operands, decoded weights. */
  | 'scratch'
  /** Of the backend over many ops: tables, buffers of uploads, decoded weights that are kept. */
  | 'backend';
