import type { DoraBackwardArgs, DoraForwardArgs, DoraNormsArgs } from '../contract/ops.ts';
import {
  describeTensor,
  failAt,
  matrixSize,
  requireDistinct,
  requireF32,
  requireFinite,
  requireRows,
  requireWeight,
} from './require.ts';

export function checkDoraNorms({ weight, a, b, scale, norms }: DoraNormsArgs): void {
  const { rows: outputs, columns: inputs } = requireWeight('doraNorms.weight', weight);
  requireF32('doraNorms.a', a);
  const { rows: rank, columns } = matrixSize('doraNorms.a', a);
  if (columns !== inputs) failAt('doraNorms.a', describeTensor(a), `a matrix [r, ${inputs}]`);
  requireF32('doraNorms.b', b, outputs * rank);
  requireFinite('doraNorms.scale', scale);
  requireF32('doraNorms.norms', norms, outputs);
  requireDistinct('doraNorms', { norms }, { weight, a, b });
}

export function checkDoraForward({ y, magnitude, norms, bias, out }: DoraForwardArgs): void {
  requireF32('doraForward.magnitude', magnitude);
  requireF32('doraForward.norms', norms, magnitude.size);
  if (bias) requireF32('doraForward.bias', bias, magnitude.size);
  requireF32('doraForward.y', y);
  requireRows('doraForward.y', y, magnitude.size);
  requireF32('doraForward.out', out, y.size);
  requireDistinct('doraForward', { out }, { y, magnitude, norms, bias });
}

export function checkDoraBackward({ y, magnitude, norms, dOut, dY, dMagnitude }: DoraBackwardArgs): void {
  requireF32('doraBackward.magnitude', magnitude);
  requireF32('doraBackward.norms', norms, magnitude.size);
  requireF32('doraBackward.dMagnitude', dMagnitude, magnitude.size);
  requireF32('doraBackward.y', y);
  requireRows('doraBackward.y', y, magnitude.size);
  requireF32('doraBackward.dOut', dOut, y.size);
  requireF32('doraBackward.dY', dY, y.size);
  requireDistinct('doraBackward', { dY, dMagnitude }, { y, magnitude, norms, dOut });
}
