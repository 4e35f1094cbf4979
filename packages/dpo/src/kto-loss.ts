import { sigmoid } from './sigmoid.ts';

export interface KtoLossConfig {
  /** How strongly the policy is held to the reference. */
  readonly beta: number;
  /** λ_D, the weight of good completions. With many more of one kind, weigh the other up (paper, eq. 9). */
  readonly desirableWeight: number;
  /** λ_U, the weight of bad completions. */
  readonly undesirableWeight: number;
}

/** β 0.1, and good and bad completions weigh the same. */
export const defaultKtoLoss: KtoLossConfig = { beta: 0.1, desirableWeight: 1, undesirableWeight: 1 };

export interface RatedLogProbs {
  /** Summed over the completion's tokens. */
  readonly policy: number;
  readonly reference: number;
  /** Whether the completion is a good one. */
  readonly label: boolean;
}

/**
 * KTO (Ethayarajh et al. 2024, eq. 7), δ = log π(completion) − log ref(completion):
 * λ_D (1 − σ(β(δ − kl))) for good completions, λ_U (1 − σ(β(kl − δ))) for bad ones.
 * `kl` is a constant of the step: no gradient goes through it. Returns the loss and its derivative by `policy`.
 */
export function ktoLoss(
  { policy, reference, label }: RatedLogProbs,
  kl: number,
  { beta, desirableWeight, undesirableWeight }: KtoLossConfig,
): { readonly loss: number; readonly dPolicy: number } {
  const [weight, sign] = label ? [desirableWeight, 1] : [undesirableWeight, -1];
  const value = sigmoid(sign * beta * (policy - reference - kl));
  return { loss: weight * (1 - value), dPolicy: -weight * sign * beta * value * (1 - value) };
}

/**
 * How far the policy is from the reference: the mean of log π − log ref over completions that belong to other prompts, at
 * least 0 (eq. 8).
 */
export function estimateKl(
  mismatched: readonly { readonly policy: number; readonly reference: number }[],
): number {
  const sum = mismatched.reduce((total, { policy, reference }) => total + policy - reference, 0);
  return Math.max(0, sum / mismatched.length);
}
