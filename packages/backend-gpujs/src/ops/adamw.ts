import { adamWCoefficients, type AdamWArgs } from '@bezoar/backend';
import type { OpContext } from './op-context.ts';

export function adamW(context: OpContext, { param, grad, m, v, ...numbers }: AdamWArgs): void {
  const [beta1, rest1, beta2, rest2, decay, stepSize, root, eps, gradScale] = adamWCoefficients(numbers) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const threads = [param.size] as const;
  const views = {
    param: context.view(param),
    grad: context.view(grad),
    m: context.view(m),
    v: context.view(v),
  };
  context.launch({
    kernel: 'adamW m',
    sizes: {},
    body: () => 'return beta1 * m[0][this.thread.x] + rest1 * grad[0][this.thread.x] * gradScale;',
    threads,
    inputs: { m: views.m, grad: views.grad, beta1, rest1, gradScale },
    out: context.output(m),
  });
  context.launch({
    kernel: 'adamW v',
    sizes: {},
    body: () => `
      const g = grad[0][this.thread.x] * gradScale;
      return beta2 * v[0][this.thread.x] + rest2 * g * g;`,
    threads,
    inputs: { v: views.v, grad: views.grad, beta2, rest2, gradScale },
    out: context.output(v),
  });
  context.launch({
    kernel: 'adamW param',
    sizes: {},
    body: () => `
      const size = Math.sqrt(v[0][this.thread.x]) / root + eps;
      return param[0][this.thread.x] * decay - stepSize * m[0][this.thread.x] / size;`,
    threads,
    inputs: { param: views.param, m: views.m, v: views.v, decay, stepSize, root, eps },
    out: context.output(param),
  });
}
