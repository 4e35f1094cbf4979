import type { AddNoiseArgs } from '../contract/ops.ts';
import { matrixSize, requireDistinct, requireF32, requireU32 } from './require.ts';

export function checkAddNoise({ x, scales, out, noise }: AddNoiseArgs): void {
  requireF32('addNoise.x', x);
  requireF32('addNoise.out', out, x.size);
  requireF32('addNoise.scales', scales, matrixSize('addNoise.x', x).rows);
  requireDistinct('addNoise', { out }, { scales });
  requireU32('addNoise.noise.seed', noise.seed);
  requireU32('addNoise.noise.stream', noise.stream);
}
