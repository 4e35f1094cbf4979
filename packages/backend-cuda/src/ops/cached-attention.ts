import { checkIndices, type CachedAttentionArgs } from '@bezoar/backend';
import type { OpContext } from './op-context.ts';

export function cachedAttention(context: OpContext, args: CachedAttentionArgs): void {
  const { q, kCache, vCache, slots, positions, heads, kvHeads, scale, window = 0, out } = args;
  const [slotCount = 0, capacity = 0] = kCache.shape;
  checkIndices('cachedAttention.slots', context.readI32(slots), slotCount);
  checkIndices('cachedAttention.positions', context.readI32(positions), capacity);
  const headDim = kCache.size / (slotCount * capacity * kvHeads);
  const pointers = [q, kCache, vCache, slots, positions, out].map((tensor) => context.address(tensor));
  const sizes = [heads, kvHeads, headDim, capacity];
  context.launch('cachedAttention', [slots.size, heads], [...pointers, ...sizes, scale, window]);
}
