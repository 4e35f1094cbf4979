import { checkIndices, type RopeArgs } from '@bezoar/backend';
import { gridOver, type OpContext } from './op-context.ts';

export function rope(context: OpContext, { x, heads, positions, cos, sin, inverse = false }: RopeArgs): void {
  const half = cos.shape.at(-1)!;
  checkIndices('rope.positions', context.readI32(positions), cos.size / half);
  const pointers = [x, positions, cos, sin].map((tensor) => context.address(tensor));
  const sizes = [positions.size, heads, half];
  context.launch('rope', gridOver(context, x.size / 2), [...pointers, ...sizes, inverse ? -1 : 1]);
}
