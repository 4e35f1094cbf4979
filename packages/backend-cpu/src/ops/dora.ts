import type { DoraBackwardArgs, DoraForwardArgs, DoraNormsArgs } from '@bezoar/backend';
import { addressOrZero, weightArguments, weightShape, type OpContext } from './op-context.ts';

/** norms[o] = ‖W[o] + scale · (B·A)[o]‖₂. */
export function doraNorms(context: OpContext, { weight, a, b, scale, norms }: DoraNormsArgs): void {
  const { outputs, inputs } = weightShape(weight);
  context.run('bz_dora_norms', [
    context.address(a),
    context.address(b),
    scale,
    context.address(norms),
    outputs,
    inputs,
    a.size / inputs,
    ...weightArguments(context, weight),
  ]);
}

/** out = (magnitude / norms) ⊙ y + bias, or out += …. */
export function doraForward(context: OpContext, args: DoraForwardArgs): void {
  const { y, magnitude, norms, bias, out, accumulate = false } = args;
  context.run('bz_dora_forward', [
    ...[y, magnitude, norms].map((tensor) => context.address(tensor)),
    addressOrZero(context, bias),
    context.address(out),
    y.size / magnitude.size,
    magnitude.size,
    Number(accumulate),
  ]);
}

/** dY = (magnitude / norms) ⊙ dOut; dMagnitude += Σ_t dOut ⊙ y / norms. */
export function doraBackward(context: OpContext, args: DoraBackwardArgs): void {
  const { y, magnitude, norms, dOut, dY, dMagnitude } = args;
  const addresses = [y, magnitude, norms, dOut, dY, dMagnitude].map((tensor) => context.address(tensor));
  context.run('bz_dora_backward', [...addresses, y.size / magnitude.size, magnitude.size]);
}
