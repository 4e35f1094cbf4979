import type { RopeArgs } from '../contract/ops.ts';
import { matrixSize, requireCount, requireF32, requireI32 } from './require.ts';

export function checkRope({ x, heads, positions, cos, sin }: RopeArgs): void {
  requireCount('rope.heads', heads, 1);
  requireF32('rope.cos', cos);
  requireF32('rope.sin', sin, cos.size);
  requireI32('rope.positions', positions);
  const headSize = 2 * matrixSize('rope.cos', cos).columns;
  requireF32('rope.x', x, positions.size * heads * headSize);
}
