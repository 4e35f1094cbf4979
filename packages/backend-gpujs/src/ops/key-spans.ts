import {
  checkCuSeqlens,
  checkIndices,
  type AttentionArgs,
  type CachedAttentionArgs,
  type Tensor,
} from '@bezoar/backend';
import type { OpContext } from './op-context.ts';

/**
 * Which keys a query sees. Keys are counted from the first row of their sequence (or of their cache slot): query n sees keys
 * low … high, and key j is row start + j.
 */
export interface KeySpans {
  /** [queries, 3]: start, low, high. */
  readonly values: Float32Array;
  /** No query sees a key at this place or beyond. */
  readonly bound: number;
}

export function packedSpans(
  context: OpContext,
  op: string,
  { layout, window = Infinity, heads, lse }: AttentionArgs,
): KeySpans {
  const tokens = lse.size / heads;
  const ends = intsOf(context, layout.cuSeqlens);
  checkCuSeqlens(`${op}.layout.cuSeqlens`, ends, { tokens, maxSeqlen: layout.maxSeqlen });
  const values = new Float32Array(3 * tokens);
  for (let b = 0; b < layout.batch; b++) {
    for (let row = ends[b]!; row < ends[b + 1]!; row++) {
      const high = row - ends[b]!;
      values.set([ends[b]!, Math.max(0, high - window + 1), high], 3 * row);
    }
  }
  return { values, bound: layout.maxSeqlen };
}

export function cacheSpans(
  context: OpContext,
  { slots, positions, kCache, window = Infinity }: CachedAttentionArgs,
): KeySpans {
  const [slotCount = 0, capacity = 0] = kCache.shape;
  const slotOf = intsOf(context, slots);
  const last = intsOf(context, positions);
  checkIndices('cachedAttention.slots', slotOf, slotCount);
  checkIndices('cachedAttention.positions', last, capacity);
  const values = new Float32Array(3 * slotOf.length);
  for (let n = 0; n < slotOf.length; n++)
    values.set([slotOf[n]! * capacity, Math.max(0, last[n]! - window + 1), last[n]!], 3 * n);
  return { values, bound: capacity };
}

function intsOf(context: OpContext, tensor: Tensor): Int32Array {
  return context.knownInts(tensor) ?? Int32Array.from(context.readNow(tensor));
}
