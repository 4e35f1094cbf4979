import { adamWCoefficients, type AdamWArgs, type Tensor } from '@bezoar/backend';
import type { Slot } from '../memory/slot.ts';
import { mapElements } from './map-elements.ts';
import type { OpContext } from './op-context.ts';

export function adamW(context: OpContext, { param, grad, m, v, ...numbers }: AdamWArgs): void {
  const { beta1, rest1, beta2, rest2, gradScale, ...step } = namedCoefficients(numbers);
  const flat = { rows: 1, columns: param.size } as const;
  mapElements(context, {
    ...flat,
    kernel: 'adamW m',
    elements: { m, grad },
    numbers: { beta1, rest1, gradScale },
    formula: (at) => `beta1 * ${at.m} + rest1 * ${at.grad} * gradScale`,
    out: context.output(m),
  });
  mapElements(context, {
    ...flat,
    kernel: 'adamW v',
    elements: { v, grad },
    numbers: { beta2, rest2, gradScale },
    formula: (at) => `beta2 * ${at.v} + rest2 * (${at.grad} * gradScale) * (${at.grad} * gradScale)`,
    out: context.output(v),
  });
  moveParameter(context, { param, m, v, step });
}

export interface ParameterMove {
  readonly param: Tensor;
  /** The moments after this step. */
  readonly m: Tensor | Slot;
  readonly v: Tensor | Slot;
  readonly step: Pick<Coefficients, 'decay' | 'stepSize' | 'root' | 'eps'>;
}

/** p ← p · decay − stepSize · m / (√v / root + eps). */
export function moveParameter(context: OpContext, { param, m, v, step }: ParameterMove): void {
  mapElements(context, {
    kernel: 'adamW param',
    rows: 1,
    columns: param.size,
    elements: { param, m, v },
    numbers: step,
    formula: (at) => `${at.param} * decay - stepSize * ${at.m} / (Math.sqrt(${at.v}) / root + eps)`,
    out: context.output(param),
  });
}

type Coefficients = Readonly<
  Record<'beta1' | 'rest1' | 'beta2' | 'rest2' | 'decay' | 'stepSize' | 'root' | 'eps' | 'gradScale', number>
>;

export function namedCoefficients(args: Omit<AdamWArgs, 'param' | 'grad' | 'm' | 'v'>): Coefficients {
  const [beta1, rest1, beta2, rest2, decay, stepSize, root, eps, gradScale] = adamWCoefficients(args);
  return {
    beta1: beta1!,
    rest1: rest1!,
    beta2: beta2!,
    rest2: rest2!,
    decay: decay!,
    stepSize: stepSize!,
    root: root!,
    eps: eps!,
    gradScale: gradScale!,
  };
}
