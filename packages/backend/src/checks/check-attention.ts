import type {
  AttentionArgs,
  AttentionBackwardArgs,
  CachedAttentionArgs,
  SequenceLayout,
} from '../contract/ops.ts';
import {
  describeTensor,
  failAt,
  requireCount,
  requireDistinct,
  requireF32,
  requireFinite,
  requireI32,
  requireRows,
} from './require.ts';

export function checkAttention(args: AttentionArgs): void {
  const { q, k, v, out, lse } = args;
  checkForward('attention', args);
  requireDistinct('attention', { out, lse }, { q, k, v });
}

export function checkAttentionBackward(args: AttentionBackwardArgs): void {
  const { q, k, v, out, lse, dOut, dQ, dK, dV } = args;
  checkForward('attentionBackward', args);
  requireF32('attentionBackward.dOut', dOut, q.size);
  requireF32('attentionBackward.dQ', dQ, q.size);
  requireF32('attentionBackward.dK', dK, k.size);
  requireF32('attentionBackward.dV', dV, v.size);
  requireDistinct('attentionBackward', { dQ, dK, dV }, { q, k, v, out, lse, dOut });
}

export function checkCachedAttention(args: CachedAttentionArgs): void {
  const { q, kCache, vCache, slots, positions, heads, kvHeads, scale, window, out } = args;
  requireHeads('cachedAttention', heads, kvHeads);
  requireFinite('cachedAttention.scale', scale);
  if (window !== undefined) requireCount('cachedAttention.window', window, 1);
  requireI32('cachedAttention.slots', slots);
  requireI32('cachedAttention.positions', positions, slots.size);
  requireF32('cachedAttention.kCache', kCache);
  requireF32('cachedAttention.vCache', vCache, kCache.size);
  const [slotCount = 0, capacity = 0] = kCache.shape;
  const width = kCache.size / (slotCount * capacity);
  if (kCache.shape.length < 3 || !Number.isInteger(width / kvHeads)) {
    failAt('cachedAttention.kCache', describeTensor(kCache), `[slotCount, capacity, ${kvHeads}·headSize]`);
  }
  requireF32('cachedAttention.q', q, slots.size * heads * (width / kvHeads));
  requireF32('cachedAttention.out', out, q.size);
  requireDistinct('cachedAttention', { out }, { q, kCache, vCache });
}

function checkForward(op: string, args: AttentionArgs): void {
  const { q, k, v, heads, kvHeads, scale, layout, window, out, lse } = args;
  requireHeads(op, heads, kvHeads);
  requireFinite(`${op}.scale`, scale);
  if (window !== undefined) requireCount(`${op}.window`, window, 1);
  requireLayout(`${op}.layout`, layout);
  requireF32(`${op}.lse`, lse);
  requireF32(`${op}.q`, q);
  const tokens = requireRows(`${op}.lse`, lse, heads);
  const headSize = tokens === 0 ? 0 : requireRows(`${op}.q`, q, lse.size);
  requireF32(`${op}.q`, q, tokens * heads * headSize);
  requireF32(`${op}.k`, k, tokens * kvHeads * headSize);
  requireF32(`${op}.v`, v, k.size);
  requireF32(`${op}.out`, out, q.size);
}

function requireHeads(op: string, heads: number, kvHeads: number): void {
  requireCount(`${op}.heads`, heads, 1);
  requireCount(`${op}.kvHeads`, kvHeads, 1);
  if (heads % kvHeads !== 0)
    failAt(`${op}.kvHeads`, String(kvHeads), `a divisor of the ${heads} query heads`);
}

function requireLayout(place: string, { cuSeqlens, batch, maxSeqlen }: SequenceLayout): void {
  requireCount(`${place}.batch`, batch, 0);
  requireCount(`${place}.maxSeqlen`, maxSeqlen, 0);
  requireI32(`${place}.cuSeqlens`, cuSeqlens, batch + 1);
}
