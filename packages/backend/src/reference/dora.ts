import type { DoraBackwardArgs, DoraForwardArgs, DoraNormsArgs } from '../contract/ops.ts';
import type { HostMemory } from './host-memory.ts';
import { multiply } from './matrix.ts';
import { denseWeight } from './weights.ts';

export function doraNorms(memory: HostMemory, { weight, a, b, scale, norms }: DoraNormsArgs): void {
  const inputs = weight.shape.at(-1)!;
  const dense = denseWeight(memory, weight);
  const update = multiply(memory.f32(b), memory.f32(a), inputs);
  const squares = new Float64Array(norms.size);
  dense.forEach((value, at) => (squares[Math.floor(at / inputs)]! += (value + scale * update[at]!) ** 2));
  memory.f32(norms).set(squares.map(Math.sqrt));
}

export function doraForward(memory: HostMemory, args: DoraForwardArgs): void {
  const y = memory.f32(args.y);
  const out = memory.f32(args.out);
  const bias = args.bias ? memory.f32(args.bias) : undefined;
  const factors = factorsOf(memory, args);
  for (let i = 0; i < y.length; i++) {
    const o = i % factors.length;
    out[i] = (args.accumulate ? out[i]! : 0) + y[i]! * factors[o]! + (bias ? bias[o]! : 0);
  }
}

export function doraBackward(memory: HostMemory, args: DoraBackwardArgs): void {
  const y = memory.f32(args.y);
  const dOut = memory.f32(args.dOut);
  const dY = memory.f32(args.dY);
  const dMagnitude = memory.f32(args.dMagnitude);
  const norms = memory.f32(args.norms);
  const factors = factorsOf(memory, args);
  const sums = new Float64Array(factors.length);
  for (let i = 0; i < y.length; i++) {
    const o = i % factors.length;
    dY[i] = dOut[i]! * factors[o]!;
    sums[o]! += dOut[i]! * y[i]!;
  }
  for (let o = 0; o < sums.length; o++) dMagnitude[o]! += sums[o]! / norms[o]!;
}

/** g = magnitude / norms. */
function factorsOf(
  memory: HostMemory,
  { magnitude, norms }: Pick<DoraForwardArgs, 'magnitude' | 'norms'>,
): Float64Array {
  const lengths = memory.f32(norms);
  return Float64Array.from(memory.f32(magnitude), (value, o) => value / lengths[o]!);
}
