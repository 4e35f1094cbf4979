import type { DoraBackwardArgs, DoraForwardArgs, DoraNormsArgs } from '@bezoar/backend';
import { nf4Arguments } from './nf4.ts';
import { addressOrZero, columnGrid, gridOver, weightShape, type OpContext } from './op-context.ts';

/** norms[o] = ‖W[o] + scale · (B·A)[o]‖₂. */
export function doraNorms(context: OpContext, { weight, a, b, scale, norms }: DoraNormsArgs): void {
  const { outputs, inputs } = weightShape(weight);
  const pointers = [context.address(a), context.address(b)];
  const rest = [...pointers, scale, context.address(norms), inputs, a.size / inputs];
  if (weight.kind === 'nf4') {
    context.launch('doraNormsNf4', [outputs], [...nf4Arguments(context, weight), ...rest]);
    return;
  }
  const kernel = weight.dtype === 'bf16' ? 'doraNormsBf16' : 'doraNorms';
  context.launch(kernel, [outputs], [context.address(weight), ...rest]);
}

/** out = (magnitude / norms) ⊙ y + bias, or out += …. */
export function doraForward(context: OpContext, args: DoraForwardArgs): void {
  const { y, magnitude, norms, bias, out, accumulate = false } = args;
  const pointers = [y, magnitude, norms].map((tensor) => context.address(tensor));
  const rest = [addressOrZero(context, bias), context.address(out), y.size, magnitude.size];
  context.launch('doraForward', gridOver(context, y.size), [...pointers, ...rest, Number(accumulate)]);
}

/** dMagnitude += Σ_t dOut ⊙ y / norms; dY = (magnitude / norms) ⊙ dOut. */
export function doraBackward(context: OpContext, args: DoraBackwardArgs): void {
  const [y, magnitude, norms, dOut, dY, dMagnitude] = [
    args.y,
    args.magnitude,
    args.norms,
    args.dOut,
    args.dY,
    args.dMagnitude,
  ].map((tensor) => context.address(tensor)) as Six;
  const width = args.magnitude.size;
  const size = args.y.size;
  const sums = [y, norms, dOut, dMagnitude, size / width, width];
  context.launch('doraMagnitude', columnGrid(width), sums);
  context.launch('doraBackward', gridOver(context, size), [magnitude, norms, dOut, dY, size, width]);
}

type Six = [number, number, number, number, number, number];
