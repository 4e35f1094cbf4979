import type { RmsNormArgs, RmsNormBackwardArgs } from '../contract/ops.ts';
import { requireDistinct, requireF32, requireFinite, requireRows } from './require.ts';

export function checkRmsNorm({ x, weight, eps, out, rstd }: RmsNormArgs): void {
  requireF32('rmsNorm.weight', weight);
  requireF32('rmsNorm.x', x);
  requireFinite('rmsNorm.eps', eps);
  requireF32('rmsNorm.out', out, x.size);
  requireF32('rmsNorm.rstd', rstd, requireRows('rmsNorm.x', x, weight.size));
  requireDistinct('rmsNorm', { out, rstd }, { x, weight });
}

export function checkRmsNormBackward({ x, weight, rstd, dOut, dX, dWeight }: RmsNormBackwardArgs): void {
  requireF32('rmsNormBackward.weight', weight);
  requireF32('rmsNormBackward.x', x);
  requireF32('rmsNormBackward.rstd', rstd, requireRows('rmsNormBackward.x', x, weight.size));
  requireF32('rmsNormBackward.dOut', dOut, x.size);
  requireF32('rmsNormBackward.dX', dX, x.size);
  if (dWeight) requireF32('rmsNormBackward.dWeight', dWeight, weight.size);
  requireDistinct('rmsNormBackward', { dX, dWeight }, { x, weight, rstd, dOut });
}
