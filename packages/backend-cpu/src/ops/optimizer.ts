import {
  adamWCoefficients,
  type AdamW8bitArgs,
  type AdamWArgs,
  type SumOfSquaresArgs,
} from '@bezoar/backend';
import type { OpContext } from './op-context.ts';

/** out[0] = Σ x², summed in f64 and rounded once. */
export function sumOfSquares(context: OpContext, { tensors, out }: SumOfSquaresArgs): void {
  const sum = new Float64Array(1);
  const bytes = new Uint8Array(sum.buffer);
  context.scratch(8, (total) => {
    context.write(total, bytes);
    for (const tensor of tensors)
      context.run('bz_sum_of_squares', [context.address(tensor), tensor.size, total]);
    context.read(total, bytes);
  });
  context.write(context.address(out), new Uint8Array(new Float32Array(sum).buffer));
}

export function adamW(context: OpContext, args: AdamWArgs): void {
  const { param, grad, m, v } = args;
  const addresses = [param, grad, m, v].map((tensor) => context.address(tensor));
  context.run('bz_adam_w', [...addresses, param.size, ...adamWCoefficients(args)]);
}

export function adamW8bit(context: OpContext, args: AdamW8bitArgs): void {
  const { param, grad, mCodes, mAbsmax, vCodes, vAbsmax } = args;
  const { first, second } = context.momentTables;
  const tensors = [param, grad, mCodes, mAbsmax, vCodes, vAbsmax];
  const addresses = tensors.map((tensor) => context.address(tensor));
  context.run('bz_adam_w_8bit', [...addresses, first, second, param.size, ...adamWCoefficients(args)]);
}
