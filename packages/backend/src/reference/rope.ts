import { checkIndices } from '../checks/check-values.ts';
import type { RopeArgs } from '../contract/ops.ts';
import type { HostMemory } from './host-memory.ts';

export function rope(memory: HostMemory, args: RopeArgs): void {
  const x = memory.f32(args.x);
  const positions = memory.i32(args.positions);
  const cos = memory.f32(args.cos);
  const sin = memory.f32(args.sin);
  const half = args.cos.shape.at(-1)!;
  checkIndices('rope.positions', positions, cos.length / half);
  for (let t = 0; t < positions.length; t++) {
    for (let head = 0; head < args.heads; head++) {
      const base = (t * args.heads + head) * 2 * half;
      for (let i = 0; i < half; i++) {
        const c = cos[positions[t]! * half + i]!;
        const s = (args.inverse ? -1 : 1) * sin[positions[t]! * half + i]!;
        const first = x[base + i]!;
        const second = x[base + half + i]!;
        x[base + i] = first * c - second * s;
        x[base + half + i] = second * c + first * s;
      }
    }
  }
}
