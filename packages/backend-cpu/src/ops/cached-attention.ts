import { checkIndices, type CachedAttentionArgs } from '@bezoar/backend';
import type { OpContext } from './op-context.ts';

/** Rows of a tile: BLOCK in kernels/block-gemm.h. */
const MAX_RUN = 96;

export function cachedAttention(context: OpContext, args: CachedAttentionArgs): void {
  const { q, kCache, vCache, heads, kvHeads, scale, window = 0, out } = args;
  const [slotCount = 0, capacity = 0] = kCache.shape;
  const slots = context.readI32(args.slots);
  const positions = context.readI32(args.positions);
  checkIndices('cachedAttention.slots', slots, slotCount);
  checkIndices('cachedAttention.positions', positions, capacity);
  const runs = cutIntoRuns(slots, positions);
  const headDim = kCache.size / (slotCount * capacity * kvHeads);
  const tensors = [q, kCache, vCache, out].map((tensor) => context.address(tensor));
  context.scratch(runs.byteLength, (address) => {
    context.write(address, new Uint8Array(runs.buffer));
    const sizes = [runs.length / 4, heads, kvHeads, headDim, capacity];
    context.run('bz_cached_attention', [...tensors, address, ...sizes, scale, window]);
  });
}

/**
 * Consecutive rows of one slot at consecutive positions: for each run its first row, its length, its slot and its first
 * position.
 */
export function cutIntoRuns(slots: Int32Array, positions: Int32Array): Int32Array<ArrayBuffer> {
  const runs: number[] = [];
  let start = 0;
  for (let row = 1; row <= slots.length; row++) {
    const goesOn =
      row < slots.length &&
      row - start < MAX_RUN &&
      slots[row] === slots[start] &&
      positions[row] === positions[start]! + row - start;
    if (goesOn) continue;
    runs.push(start, row - start, slots[start]!, positions[start]!);
    start = row;
  }
  return Int32Array.from(runs);
}
