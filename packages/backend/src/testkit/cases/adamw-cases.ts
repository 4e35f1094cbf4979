import { noise, numbersOf } from '../host-tensor.ts';
import type { OpCase } from '../op-case.ts';

interface Variant {
  readonly size: number;
  readonly steps: number;
  readonly weightDecay: number;
  readonly gradScale: number;
}

export function adamWCases(): OpCase[] {
  return [1, 7, 1001].flatMap((size) => [
    adamW({ size, steps: 1, weightDecay: 0, gradScale: 1 }),
    adamW({ size, steps: 5, weightDecay: 0.1, gradScale: 0.3 }),
  ]);
}

const numbers = { lr: 0.01, beta1: 0.9, beta2: 0.999, eps: 1e-8 };

/** Several steps from zero moments, by the textbook form with bias-corrected moments m̂ and v̂. */
function adamW({ size, steps, weightDecay, gradScale }: Variant): OpCase {
  const { lr, beta1, beta2, eps } = numbers;
  return {
    op: 'adamW',
    name: `${size} elements, ${steps} steps, weight decay ${weightDecay}, gradient scale ${gradScale}`,
    build(rng) {
      const param = noise(rng, [size]);
      const grad = noise(rng, [size]);
      const zero = noise(rng, [size], 0);
      return {
        inputs: { param, grad, m: zero, v: zero },
        outputs: ['param', 'm', 'v'],
        call: (backend, on) => {
          for (let step = 1; step <= steps; step++) {
            backend.adamW({
              ...on.pick('param', 'grad', 'm', 'v'),
              ...numbers,
              weightDecay,
              step,
              gradScale,
            });
          }
        },
        expected() {
          const p = numbersOf(param);
          const m = new Float64Array(size);
          const v = new Float64Array(size);
          for (let step = 1; step <= steps; step++) {
            for (const [i, gradient] of numbersOf(grad).entries()) {
              const g = gradient * gradScale;
              m[i] = m[i]! + (1 - beta1) * (g - m[i]!);
              v[i] = v[i]! + (1 - beta2) * (g * g - v[i]!);
              const mHat = m[i] / (1 - beta1 ** step);
              const vHat = v[i] / (1 - beta2 ** step);
              p[i] = p[i]! - lr * (weightDecay * p[i]! + mHat / (Math.sqrt(vHat) + eps));
            }
          }
          return { param: p, m, v };
        },
      };
    },
  };
}
