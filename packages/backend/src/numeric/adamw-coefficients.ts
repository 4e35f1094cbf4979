import type { AdamWArgs } from '../contract/ops.ts';

/**
 * The numbers of an AdamW step in the order in which kernels take them: β1, 1−β1, β2, 1−β2, 1−lr·weightDecay, lr/(1−β1^step),
 * √(1−β2^step), eps, gradScale. What is a difference of nearly equal numbers is taken in f64 here.
 */
export function adamWCoefficients(args: Omit<AdamWArgs, 'param' | 'grad' | 'm' | 'v'>): number[] {
  const { lr, beta1, beta2, eps, weightDecay, step, gradScale } = args;
  return [
    beta1,
    1 - beta1,
    beta2,
    1 - beta2,
    1 - lr * weightDecay,
    lr / (1 - beta1 ** step),
    Math.sqrt(1 - beta2 ** step),
    eps,
    gradScale,
  ];
}
