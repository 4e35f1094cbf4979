import type { AdamWArgs, SumOfSquaresArgs } from '@bezoar/backend';
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
  const { param, grad, m, v, lr, beta1, beta2, eps, weightDecay, step, gradScale } = args;
  const addresses = [param, grad, m, v].map((tensor) => context.address(tensor));
  context.run('bz_adam_w', [
    ...addresses,
    param.size,
    beta1,
    1 - beta1,
    beta2,
    1 - beta2,
    1 - lr * weightDecay,
    lr / (1 - beta1 ** step),
    Math.sqrt(1 - beta2 ** step),
    eps,
    gradScale,
  ]);
}
