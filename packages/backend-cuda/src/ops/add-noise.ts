import type { AddNoiseArgs } from '@bezoar/backend';
import { gridOver, type OpContext } from './op-context.ts';

export function addNoise(context: OpContext, { x, scales, out, noise }: AddNoiseArgs): void {
  const pointers = [x, scales, out].map((tensor) => context.address(tensor));
  const width = x.size / scales.size;
  context.launch('addNoise', gridOver(context, x.size / 4), [
    ...pointers,
    x.size,
    width,
    noise.seed,
    noise.stream,
  ]);
}
