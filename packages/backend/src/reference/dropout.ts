import type { DropoutArgs, DropoutSpec } from '../contract/ops.ts';
import { philox4x32 } from '../numeric/philox.ts';
import type { HostMemory } from './host-memory.ts';

export function dropout(memory: HostMemory, args: DropoutArgs): void {
  memory.f32(args.out).set(dropped(memory.f32(args.x), args.dropout));
}

/** drop(x) as a new array; a plain copy without a spec. */
export function dropped(x: Float32Array, spec: DropoutSpec | undefined): Float32Array {
  if (!spec) return x.slice();
  const factors = dropoutFactors(x.length, spec);
  return x.map((value, i) => value * factors[i]!);
}

/** 0 where an element is dropped, 1/(1 − probability) where it is kept. */
export function dropoutFactors(size: number, { probability, seed, stream }: DropoutSpec): Float64Array {
  const threshold = probability * 2 ** 32;
  const factors = new Float64Array(size);
  for (let group = 0; group * 4 < size; group++) {
    const words = philox4x32([group, stream, 0, 0], [seed, 0]);
    for (let lane = 0; lane < 4 && group * 4 + lane < size; lane++) {
      if (words[lane]! >= threshold) factors[group * 4 + lane] = 1 / (1 - probability);
    }
  }
  return factors;
}
