import type { AdamW8bitArgs, AdamWArgs } from '../contract/ops.ts';
import {
  failAt,
  requireCount,
  requireDistinct,
  requireF32,
  requireFinite,
  requireTensor,
} from './require.ts';

export function checkAdamW({ param, grad, m, v, ...numbers }: AdamWArgs): void {
  requireF32('adamW.param', param);
  requireF32('adamW.grad', grad, param.size);
  requireF32('adamW.m', m, param.size);
  requireF32('adamW.v', v, param.size);
  requireDistinct('adamW', { param, m, v }, { grad });
  checkNumbers('adamW', numbers);
}

export function checkAdamW8bit(args: AdamW8bitArgs): void {
  const { param, grad, mCodes, mAbsmax, vCodes, vAbsmax, ...numbers } = args;
  const blocks = Math.ceil(param.size / 256);
  requireF32('adamW8bit.param', param);
  requireF32('adamW8bit.grad', grad, param.size);
  requireTensor('adamW8bit.mCodes', mCodes, { dtypes: ['u8'], size: param.size });
  requireF32('adamW8bit.mAbsmax', mAbsmax, blocks);
  requireTensor('adamW8bit.vCodes', vCodes, { dtypes: ['u8'], size: param.size });
  requireF32('adamW8bit.vAbsmax', vAbsmax, blocks);
  requireDistinct('adamW8bit', { param, mCodes, mAbsmax, vCodes, vAbsmax }, { grad });
  checkNumbers('adamW8bit', numbers);
}

function checkNumbers(op: string, numbers: Omit<AdamWArgs, 'param' | 'grad' | 'm' | 'v'>): void {
  requireFinite(`${op}.lr`, numbers.lr);
  requireFinite(`${op}.eps`, numbers.eps);
  requireFinite(`${op}.weightDecay`, numbers.weightDecay);
  requireFinite(`${op}.gradScale`, numbers.gradScale);
  requireCount(`${op}.step`, numbers.step, 1);
  for (const beta of ['beta1', 'beta2'] as const) {
    if (!(numbers[beta] >= 0 && numbers[beta] < 1))
      failAt(`${op}.${beta}`, String(numbers[beta]), 'at least 0 and below 1');
  }
}
