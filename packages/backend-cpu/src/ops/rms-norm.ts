import type { RmsNormArgs, RmsNormBackwardArgs } from '@bezoar/backend';
import { addressOrZero, type OpContext } from './op-context.ts';

export function rmsNorm(context: OpContext, { x, weight, eps, out, rstd }: RmsNormArgs): void {
  const addresses = [context.address(out), context.address(rstd)];
  const rows = x.size / weight.size;
  context.run('bz_rms_norm', [
    context.address(x),
    context.address(weight),
    eps,
    ...addresses,
    rows,
    weight.size,
  ]);
}

export function rmsNormBackward(context: OpContext, args: RmsNormBackwardArgs): void {
  const { x, weight, rstd, dOut, dX, dWeight } = args;
  const addresses = [x, weight, rstd, dOut, dX].map((tensor) => context.address(tensor));
  const rows = x.size / weight.size;
  context.run('bz_rms_norm_backward', [...addresses, addressOrZero(context, dWeight), rows, weight.size]);
}
