import type { AddArgs, CopyArgs, FillArgs, SwigluArgs, SwigluBackwardArgs, Tensor } from '@bezoar/backend';
import { wordsOf } from '../memory/tensor-memory.ts';
import type { OpContext } from './op-context.ts';

export function swiglu(context: OpContext, { gate, up, out }: SwigluArgs): void {
  context.run('bz_swiglu', [...addresses(context, [gate, up, out]), out.size]);
}

export function swigluBackward(context: OpContext, args: SwigluBackwardArgs): void {
  const { gate, up, dOut, dGate, dUp } = args;
  context.run('bz_swiglu_backward', [...addresses(context, [gate, up, dOut, dGate, dUp]), gate.size]);
}

export function add(context: OpContext, { a, b, scale = 1, out }: AddArgs): void {
  context.run('bz_add', [...addresses(context, [a, b]), scale, context.address(out), out.size]);
}

export function fill(context: OpContext, { out, value }: FillArgs): void {
  const bits = new DataView(new ArrayBuffer(4));
  if (out.dtype === 'f32') bits.setFloat32(0, value);
  else bits.setInt32(0, value);
  context.run('bz_fill', [context.address(out), bits.getUint32(0), out.size]);
}

export function copy(context: OpContext, { src, dst }: CopyArgs): void {
  const [from, to] = [context.address(src), context.address(dst)];
  if (src.dtype === dst.dtype) context.run('bz_copy_words', [from, to, wordsOf(src)]);
  else if (dst.dtype === 'bf16') context.run('bz_f32_to_bf16', [from, to, src.size]);
  else context.run('bz_bf16_to_f32', [from, to, src.size]);
}

function addresses(context: OpContext, tensors: readonly Tensor[]): number[] {
  return tensors.map((tensor) => context.address(tensor));
}
