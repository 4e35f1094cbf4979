import type { AdamWArgs } from '../contract/ops.ts';
import { failAt, requireCount, requireDistinct, requireF32, requireFinite } from './require.ts';

export function checkAdamW({ param, grad, m, v, ...numbers }: AdamWArgs): void {
  requireF32('adamW.param', param);
  requireF32('adamW.grad', grad, param.size);
  requireF32('adamW.m', m, param.size);
  requireF32('adamW.v', v, param.size);
  requireDistinct('adamW', { param, m, v }, { grad });
  requireFinite('adamW.lr', numbers.lr);
  requireFinite('adamW.eps', numbers.eps);
  requireFinite('adamW.weightDecay', numbers.weightDecay);
  requireFinite('adamW.gradScale', numbers.gradScale);
  requireCount('adamW.step', numbers.step, 1);
  if (!(numbers.beta1 >= 0 && numbers.beta1 < 1))
    failAt('adamW.beta1', String(numbers.beta1), 'at least 0 and below 1');
  if (!(numbers.beta2 >= 0 && numbers.beta2 < 1))
    failAt('adamW.beta2', String(numbers.beta2), 'at least 0 and below 1');
}
