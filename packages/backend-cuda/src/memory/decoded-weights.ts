import type { Nf4Weight, Tensor } from '@bezoar/backend';

export interface DecodedWeights {
  /**
   * Calls `use` with the address of the decoded weight, which stays there meanwhile; `decode` before, when it is not there yet. False, and
   * nothing was called, when there is no memory to keep it.
   */
  use(weight: Nf4Weight, parts: DecodedUse): boolean;
  /** Gives all memory back that is not in use, and keeps nothing more of those weights. True when there was something to give. */
  evict(): boolean;
}

export interface DecodedUse {
  readonly bytes: number;
  readonly decode: (address: number) => void;
  readonly use: (address: number) => void;
}

export interface DecodedWeightsOptions {
  /** Undefined when there is no memory. */
  readonly take: (bytes: number) => number | undefined;
  readonly release: (address: number, bytes: number) => void;
}

interface Kept {
  readonly address: number;
  readonly bytes: number;
  inUse: boolean;
}

/** Keeps what NF4 weights decode to, until they are disposed of or memory is wanted for something else. */
export function createDecodedWeights({ take, release }: DecodedWeightsOptions): DecodedWeights {
  /** By the tensor of the nibbles, which is the weight's own. */
  const kept = new Map<Tensor, Kept>();
  const refused = new WeakSet<Tensor>();

  function sweep(): void {
    for (const [tensor, { address, bytes }] of kept) {
      if (!tensor.disposed) continue;
      kept.delete(tensor);
      release(address, bytes);
    }
  }

  function place({ packed }: Nf4Weight, { bytes, decode }: DecodedUse): Kept | undefined {
    const known = kept.get(packed);
    if (known || refused.has(packed)) return known;
    sweep();
    const address = take(bytes);
    if (address === undefined) {
      refused.add(packed);
      return undefined;
    }
    const placed = { address, bytes, inUse: false };
    kept.set(packed, placed);
    decode(address);
    return placed;
  }

  return {
    use(weight, parts) {
      const found = place(weight, parts);
      if (!found) return false;
      found.inUse = true;
      try {
        parts.use(found.address);
      } finally {
        found.inUse = false;
      }
      return true;
    },
    evict() {
      const idle = [...kept].filter(([, { inUse }]) => !inUse);
      for (const [tensor, { address, bytes }] of idle) {
        kept.delete(tensor);
        refused.add(tensor);
        release(address, bytes);
      }
      return idle.length > 0;
    },
  };
}
