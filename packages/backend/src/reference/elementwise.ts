import type { AddArgs, CopyArgs, FillArgs, SumOfSquaresArgs } from '../contract/ops.ts';
import { f32ToBf16 } from '../numeric/bf16.ts';
import type { HostMemory } from './host-memory.ts';

export function add(memory: HostMemory, { scale = 1, ...args }: AddArgs): void {
  const a = memory.f32(args.a);
  const b = memory.f32(args.b);
  const out = memory.f32(args.out);
  for (let i = 0; i < out.length; i++) out[i] = a[i]! + scale * b[i]!;
}

export function fill(memory: HostMemory, args: FillArgs): void {
  memory.raw(args.out).fill(args.value);
}

export function copy(memory: HostMemory, args: CopyArgs): void {
  const dst = memory.raw(args.dst);
  if (args.src.dtype === args.dst.dtype) dst.set(memory.raw(args.src));
  else if (args.dst.dtype === 'bf16') dst.set(f32ToBf16(memory.f32(args.src)));
  else dst.set(memory.floats(args.src));
}

export function sumOfSquares(memory: HostMemory, args: SumOfSquaresArgs): void {
  let sum = 0;
  for (const tensor of args.tensors) {
    for (const value of memory.f32(tensor)) sum += value * value;
  }
  memory.f32(args.out)[0] = sum;
}
