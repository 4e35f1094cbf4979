import type { LinearArgs, LinearBackwardInputArgs, LinearBackwardWeightArgs } from '../contract/ops.ts';
import { matrixSize, requireDistinct, requireF32, requireRows, requireWeight } from './require.ts';

export function checkLinear({ x, weight, bias, out }: LinearArgs): void {
  const { rows: outputs, columns: inputs } = requireWeight('linear.weight', weight);
  requireF32('linear.x', x);
  if (bias) requireF32('linear.bias', bias, outputs);
  requireF32('linear.out', out, requireRows('linear.x', x, inputs) * outputs);
  requireDistinct('linear', { out }, { x, weight, bias });
}

export function checkLinearBackwardInput({ dOut, weight, dX }: LinearBackwardInputArgs): void {
  const { rows: outputs, columns: inputs } = requireWeight('linearBackwardInput.weight', weight);
  requireF32('linearBackwardInput.dOut', dOut);
  requireF32('linearBackwardInput.dX', dX, requireRows('linearBackwardInput.dOut', dOut, outputs) * inputs);
  requireDistinct('linearBackwardInput', { dX }, { dOut, weight });
}

export function checkLinearBackwardWeight({ x, dOut, dWeight, dBias }: LinearBackwardWeightArgs): void {
  requireF32('linearBackwardWeight.dWeight', dWeight);
  const { rows: outputs, columns: inputs } = matrixSize('linearBackwardWeight.dWeight', dWeight);
  requireF32('linearBackwardWeight.x', x);
  requireF32('linearBackwardWeight.dOut', dOut, requireRows('linearBackwardWeight.x', x, inputs) * outputs);
  if (dBias) requireF32('linearBackwardWeight.dBias', dBias, outputs);
  requireDistinct('linearBackwardWeight', { dWeight, dBias }, { x, dOut });
}
