import {
  bytesPerElement,
  type AddArgs,
  type CopyArgs,
  type FillArgs,
  type SwigluArgs,
  type SwigluBackwardArgs,
  type Tensor,
} from '@bezoar/backend';
import { gridOver, type OpContext } from './op-context.ts';

export function add(context: OpContext, { a, b, scale = 1, out }: AddArgs): void {
  const args = [...addresses(context, [a, b]), scale, context.address(out), out.size];
  context.launch('add', gridOver(context, out.size), args);
}

export function swiglu(context: OpContext, { gate, up, out }: SwigluArgs): void {
  context.launch('swiglu', gridOver(context, out.size), [...addresses(context, [gate, up, out]), out.size]);
}

export function swigluBackward(context: OpContext, args: SwigluBackwardArgs): void {
  const { gate, up, dOut, dGate, dUp } = args;
  const pointers = addresses(context, [gate, up, dOut, dGate, dUp]);
  context.launch('swigluBackward', gridOver(context, gate.size), [...pointers, gate.size]);
}

export function fill(context: OpContext, { out, value }: FillArgs): void {
  const bits = new DataView(new ArrayBuffer(4));
  if (out.dtype === 'f32') bits.setFloat32(0, value);
  else bits.setInt32(0, value);
  const grid = gridOver(context, out.size);
  context.launch('fillWords', grid, [context.output(out), bits.getUint32(0), out.size]);
}

export function copy(context: OpContext, { src, dst }: CopyArgs): void {
  const [from, to] = [context.address(src), context.output(dst)];
  if (src.size === 0) return;
  if (src.dtype === dst.dtype) {
    context.copy(to, from, src.size * bytesPerElement(src.dtype));
    return;
  }
  const kernel = dst.dtype === 'bf16' ? 'f32ToBf16' : 'bf16ToF32';
  context.launch(kernel, gridOver(context, src.size), [from, to, src.size]);
}

function addresses(context: OpContext, tensors: readonly Tensor[]): number[] {
  return tensors.map((tensor) => context.address(tensor));
}
