import type { BatchPlan } from '@bezoar/qlora';

/**
 * Counts the tokens that went through the model up to the end of a 0-based step, those before a resume too: the plan knows what was in
 * every step.
 */
export function countTokens(
  plan: Pick<BatchPlan, 'step'>,
  tokensOf: (index: number) => number,
): (step: number) => number {
  let next = 0;
  let tokens = 0;
  return (step) => {
    for (; next <= step; next++) for (const index of plan.step(next).flat()) tokens += tokensOf(index);
    return tokens;
  };
}
