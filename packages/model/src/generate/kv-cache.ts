import type { Tensor } from '@bezoar/backend';
import type { CausalLM } from '../causal-lm.ts';
import type { Workspace } from '../workspace.ts';

/** Keys (rotated) and values of every layer for a fixed number of rows. */
export interface KvCache {
  readonly slots: number;
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
    slots,
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

/** The first `length` positions of one slot, to be had in another one too. */
export interface SlotCopy {
  readonly from: number;
  readonly to: number;
  readonly length: number;
}

export interface CopySlotsOptions {
  readonly model: CausalLM;
  readonly workspace: Workspace;
  readonly source: KvCache;
  /** May be the source. */
  readonly target: KvCache;
  readonly copies: readonly SlotCopy[];
}

/** What a prefix left in a cache, copied to where another sequence begins with it. No slot is read and written in one call. */
export function copySlots({ model, workspace, source, target, copies }: CopySlotsOptions): void {
  const { backend, config } = model;
  const pairs = copies.flatMap(({ from, to, length }) =>
    Array.from({ length }, (_, position) => [
      from * source.capacity + position,
      to * target.capacity + position,
    ]),
  );
  if (pairs.length === 0) return;
  const upload = (side: 0 | 1): Tensor =>
    backend.upload(
      'i32',
      [pairs.length],
      Int32Array.from(pairs, (pair) => pair[side]!),
    );
  const [taken, placed] = [upload(0), upload(1)];
  const rows = workspace.take('f32', [pairs.length, config.numKvHeads * config.headDim]);
  source.layers.forEach((layer, index) => {
    for (const part of ['k', 'v'] as const) {
      backend.gatherRows({ table: layer[part], ids: taken, out: rows });
      backend.scatterRows({ src: rows, ids: placed, dst: target.layers[index]![part] });
    }
  });
  workspace.release(rows);
  taken.dispose();
  placed.dispose();
}
