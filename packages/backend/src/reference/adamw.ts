import type { AdamWArgs } from '../contract/ops.ts';
import type { HostMemory } from './host-memory.ts';

export function adamW(memory: HostMemory, args: AdamWArgs): void {
  const { lr, beta1, beta2, eps, weightDecay, step, gradScale } = args;
  const param = memory.f32(args.param);
  const grad = memory.f32(args.grad);
  const m = memory.f32(args.m);
  const v = memory.f32(args.v);
  const stepSize = lr / (1 - beta1 ** step);
  const rootOfCorrection = Math.sqrt(1 - beta2 ** step);
  for (let i = 0; i < param.length; i++) {
    const g = grad[i]! * gradScale;
    const mean = beta1 * m[i]! + (1 - beta1) * g;
    const square = beta2 * v[i]! + (1 - beta2) * g * g;
    m[i] = mean;
    v[i] = square;
    param[i] =
      param[i]! * (1 - lr * weightDecay) - (stepSize * mean) / (Math.sqrt(square) / rootOfCorrection + eps);
  }
}
