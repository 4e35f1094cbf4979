import { checkIndices } from '../checks/check-values.ts';
import type { CachedAttentionArgs } from '../contract/ops.ts';
import { dot, logSumExp } from './attention.ts';
import type { HostMemory } from './host-memory.ts';

export function cachedAttention(memory: HostMemory, args: CachedAttentionArgs): void {
  const { heads, kvHeads, window = Infinity } = args;
  const q = memory.f32(args.q);
  const k = memory.f32(args.kCache);
  const v = memory.f32(args.vCache);
  const slots = memory.i32(args.slots);
  const positions = memory.i32(args.positions);
  const out = memory.f32(args.out);
  const [slotCount = 0, capacity = 0] = args.kCache.shape;
  const headSize = k.length / (slotCount * capacity * kvHeads);
  checkIndices('cachedAttention.slots', slots, slotCount);
  checkIndices('cachedAttention.positions', positions, capacity);
  for (let n = 0; n < slots.length; n++) {
    const last = positions[n]!;
    const first = Math.max(0, last - window + 1);
    for (let h = 0; h < heads; h++) {
      const query = (n * heads + h) * headSize;
      const kvHead = Math.floor((h * kvHeads) / heads);
      const keyAt = (row: number): number => ((slots[n]! * capacity + row) * kvHeads + kvHead) * headSize;
      const scores = new Float64Array(last - first + 1);
      for (let j = first; j <= last; j++)
        scores[j - first] = args.scale * dot(q, k, { a: query, b: keyAt(j), length: headSize });
      const total = logSumExp(scores);
      for (let i = 0; i < headSize; i++) {
        let sum = 0;
        for (let j = first; j <= last; j++) sum += Math.exp(scores[j - first]! - total) * v[keyAt(j) + i]!;
        out[query + i] = sum;
      }
    }
  }
}
