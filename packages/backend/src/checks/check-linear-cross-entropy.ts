import type { LinearCrossEntropyArgs } from '../contract/ops.ts';
import {
  requireDistinct,
  requireF32,
  requireFinite,
  requireI32,
  requireRows,
  requireWeight,
} from './require.ts';

const op = 'linearCrossEntropy';

export function checkLinearCrossEntropy(args: LinearCrossEntropyArgs): void {
  const { hidden, weight, targets, logProbs, correct, gradient } = args;
  const { rows: vocabulary, columns: width } = requireWeight(`${op}.weight`, weight);
  requireF32(`${op}.hidden`, hidden);
  const tokens = requireRows(`${op}.hidden`, hidden, width);
  requireI32(`${op}.targets`, targets, tokens);
  requireF32(`${op}.logProbs`, logProbs, tokens);
  if (correct) requireI32(`${op}.correct`, correct, tokens);
  requireDistinct(op, { logProbs, correct }, { hidden, weight, targets });
  if (!gradient) return;
  const { dLogProbs, dHidden, dWeight } = gradient;
  if (typeof dLogProbs === 'number') requireFinite(`${op}.gradient.dLogProbs`, dLogProbs);
  else requireF32(`${op}.gradient.dLogProbs`, dLogProbs, tokens);
  if (dHidden) requireF32(`${op}.gradient.dHidden`, dHidden, hidden.size);
  if (dWeight) requireF32(`${op}.gradient.dWeight`, dWeight, vocabulary * width);
  requireDistinct(op, { dHidden, dWeight }, { hidden, weight, targets, logProbs, dLogProbs });
}
