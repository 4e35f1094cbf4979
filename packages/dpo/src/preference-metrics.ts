import { preferenceLoss, type PairLogProbs, type PreferenceLossConfig } from './preference-loss.ts';

/** Means over pairs, by TRL's names. Rewards are β(log π − log ref). */
export interface PreferenceMetrics {
  readonly loss: number;
  readonly 'rewards/chosen': number;
  readonly 'rewards/rejected': number;
  /** Share of pairs whose chosen reward is the greater one. */
  readonly 'rewards/accuracies': number;
  readonly 'rewards/margins': number;
  readonly 'logps/chosen': number;
  readonly 'logps/rejected': number;
}

export function preferenceMetrics(
  pairs: readonly PairLogProbs[],
  config: PreferenceLossConfig,
): PreferenceMetrics {
  const mean = (value: (pair: PairLogProbs) => number): number =>
    pairs.reduce((sum, pair) => sum + value(pair), 0) / pairs.length;
  const chosen = (pair: PairLogProbs): number => config.beta * (pair.policyChosen - pair.referenceChosen);
  const rejected = (pair: PairLogProbs): number =>
    config.beta * (pair.policyRejected - pair.referenceRejected);
  return {
    loss: mean((pair) => preferenceLoss(pair, config).loss),
    'rewards/chosen': mean(chosen),
    'rewards/rejected': mean(rejected),
    'rewards/accuracies': mean((pair) => (chosen(pair) > rejected(pair) ? 1 : 0)),
    'rewards/margins': mean((pair) => chosen(pair) - rejected(pair)),
    'logps/chosen': mean((pair) => pair.policyChosen),
    'logps/rejected': mean((pair) => pair.policyRejected),
  };
}
