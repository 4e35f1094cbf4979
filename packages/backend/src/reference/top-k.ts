import type { TopKArgs } from '../contract/ops.ts';
import type { HostMemory } from './host-memory.ts';

export function topK(memory: HostMemory, args: TopKArgs): void {
  const x = memory.f32(args.x);
  const values = memory.f32(args.values);
  const indices = memory.i32(args.indices);
  const width = args.x.shape.at(-1)!;
  for (let n = 0; n < x.length / width; n++) {
    const row = x.subarray(n * width, (n + 1) * width);
    const order = Array.from(row.keys()).sort((a, b) => row[b]! - row[a]! || a - b);
    for (let rank = 0; rank < args.k; rank++) {
      indices[n * args.k + rank] = order[rank]!;
      values[n * args.k + rank] = row[order[rank]!]!;
    }
  }
}
