import type { AddNoiseArgs } from '../contract/ops.ts';
import { philox4x32 } from '../numeric/philox.ts';
import type { HostMemory } from './host-memory.ts';

export function addNoise(memory: HostMemory, args: AddNoiseArgs): void {
  const x = memory.f32(args.x);
  const scales = memory.f32(args.scales);
  const out = memory.f32(args.out);
  const { seed, stream } = args.noise;
  const width = x.length / scales.length;
  for (let group = 0; group * 4 < x.length; group++) {
    const words = philox4x32([group, stream, 0, 0], [seed, 0]);
    for (let i = group * 4; i < Math.min(group * 4 + 4, x.length); i++) {
      const unit = (words[i % 4]! >>> 8) / 2 ** 23 - 1;
      out[i] = x[i]! + Math.fround(scales[Math.floor(i / width)]! * unit);
    }
  }
}
