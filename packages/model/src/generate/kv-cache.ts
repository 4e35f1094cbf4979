import type { Tensor } from '@bezoar/backend';
import type { CausalLM } from '../causal-lm.ts';

/** Keys (rotated) and values of every layer for a fixed number of rows. */
export interface KvCache {
  /** Positions per slot. */
  readonly capacity: number;
  /** f32 [slots, capacity, K·d] per layer. */
  readonly layers: readonly { readonly k: Tensor; readonly v: Tensor }[];
  /** The rows of the flattened cache where the given (slot, position) pairs live. */
  rows(slots: Int32Array, positions: Int32Array): Int32Array<ArrayBuffer>;
  dispose(): void;
}

export function createKvCache(
  { backend, config }: CausalLM,
  { slots, capacity }: { readonly slots: number; readonly capacity: number },
): KvCache {
  const shape = [slots, capacity, config.numKvHeads * config.headDim];
  const layers = Array.from({ length: config.numLayers }, () => ({
    k: backend.alloc('f32', shape),
    v: backend.alloc('f32', shape),
  }));
  return {
    capacity,
    layers,
    rows: (slotIds, positions) => Int32Array.from(slotIds, (slot, n) => slot * capacity + positions[n]!),
    dispose() {
      for (const { k, v } of layers) {
        k.dispose();
        v.dispose();
      }
    },
  };
}
