import type { AddNoiseArgs } from '@bezoar/backend';
import type { OpContext } from './op-context.ts';

export function addNoise(context: OpContext, { x, scales, out, noise }: AddNoiseArgs): void {
  const addresses = [x, scales, out].map((tensor) => context.address(tensor));
  const width = scales.size === 0 ? 0 : x.size / scales.size;
  context.run('bz_add_noise', [...addresses, x.size, width, noise.seed, noise.stream]);
}
