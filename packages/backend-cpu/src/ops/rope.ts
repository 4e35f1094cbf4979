import { checkIndices, type RopeArgs } from '@bezoar/backend';
import type { OpContext } from './op-context.ts';

export function rope(context: OpContext, args: RopeArgs): void {
  const { x, heads, positions, cos, sin, inverse = false } = args;
  const half = cos.shape.at(-1)!;
  checkIndices('rope.positions', context.readI32(positions), cos.size / half);
  const addresses = [x, positions, cos, sin].map((tensor) => context.address(tensor));
  context.run('bz_rope', [...addresses, positions.size, heads, half, inverse ? -1 : 1]);
}
