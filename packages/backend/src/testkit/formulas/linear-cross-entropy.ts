import { linearFormula } from './linear.ts';

/** log softmax(hidden·weightᵀ)[target] per row, 0 where the target is negative. */
export function logProbFormula(
  { hidden, weight }: { readonly hidden: Float64Array; readonly weight: Float64Array },
  targets: readonly number[],
): { logProbs: Float64Array; correct: Float64Array } {
  const width = hidden.length / targets.length;
  const words = weight.length / width;
  const logits = linearFormula(hidden, weight, width);
  const logProbs = new Float64Array(targets.length);
  const correct = new Float64Array(targets.length);
  targets.forEach((target, t) => {
    if (target < 0) return;
    const row = Array.from(logits.subarray(t * words, (t + 1) * words));
    const greatest = Math.max(...row);
    logProbs[t] =
      row[target]! - greatest - Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - greatest), 0));
    correct[t] = row.indexOf(greatest) === target ? 1 : 0;
  });
  return { logProbs, correct };
}
