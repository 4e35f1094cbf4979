import { logOddsRatio } from './pair-losses.ts';
import {
  crossEntropyTerm,
  isPerToken,
  needsReference,
  preferenceLoss,
  type CrossEntropyTerm,
  type PairLogProbs,
  type PreferenceLossConfig,
} from './preference-loss.ts';
import type { SideScore } from './side-score.ts';
import { logSigmoid } from './sigmoid.ts';

/** Means over pairs, by TRL's names. */
export interface RewardMetrics {
  readonly 'rewards/chosen': number;
  readonly 'rewards/rejected': number;
  /** Share of pairs whose chosen reward is the greater one. */
  readonly 'rewards/accuracies': number;
  readonly 'rewards/margins': number;
  readonly 'logps/chosen': number;
  readonly 'logps/rejected': number;
}

export interface PreferenceMetrics extends RewardMetrics {
  readonly loss: number;
  /** Mean over the completions' tokens of the mean logit of the vocabulary. */
  readonly 'logits/chosen': number;
  readonly 'logits/rejected': number;
  /** Share of the chosen completions' tokens that have the greatest logit. */
  readonly mean_token_accuracy: number;
  /** Cross-entropy per token of the chosen sides: ORPO, and losses with `rpoAlpha`. */
  readonly nll_loss?: number;
  /** ORPO: mean of log σ of the log odds ratio, and of the ratio itself. */
  readonly log_odds_ratio?: number;
  readonly log_odds_chosen?: number;
}

/** A pair after a pass of the policy. */
export interface ScoredPair {
  readonly logProbs: PairLogProbs;
  readonly chosen: SideScore;
  readonly rejected: SideScore;
  /** Labels of the chosen side: the tokens of a cross-entropy. */
  readonly chosenLabels: number;
}

/**
 * Rewards are β(log π − log ref); of losses without a reference β times the average log-probability of a token, which
 * `logps/*` then are, too.
 */
export function rewardMetrics(pairs: readonly PairLogProbs[], config: PreferenceLossConfig): RewardMetrics {
  const anchored = needsReference(config.loss);
  const averaged = isPerToken(config) && !anchored;
  const chosenLogProb = (pair: PairLogProbs): number =>
    pair.policyChosen / (averaged ? pair.chosenTokens : 1);
  const rejectedLogProb = (pair: PairLogProbs): number =>
    pair.policyRejected / (averaged ? pair.rejectedTokens : 1);
  const chosen = (pair: PairLogProbs): number =>
    config.beta * (chosenLogProb(pair) - (anchored ? pair.referenceChosen : 0));
  const rejected = (pair: PairLogProbs): number =>
    config.beta * (rejectedLogProb(pair) - (anchored ? pair.referenceRejected : 0));
  return {
    'rewards/chosen': mean(pairs, chosen),
    'rewards/rejected': mean(pairs, rejected),
    'rewards/accuracies': mean(pairs, (pair) => (chosen(pair) > rejected(pair) ? 1 : 0)),
    'rewards/margins': mean(pairs, (pair) => chosen(pair) - rejected(pair)),
    'logps/chosen': mean(pairs, chosenLogProb),
    'logps/rejected': mean(pairs, rejectedLogProb),
  };
}

/** Means over the pairs of a step, by TRL's names. */
export function preferenceMetrics(
  pairs: readonly ScoredPair[],
  config: PreferenceLossConfig,
): PreferenceMetrics {
  const logProbs = pairs.map((pair) => pair.logProbs);
  const chosen = pairs.map((pair) => pair.chosen);
  const rejected = pairs.map((pair) => pair.rejected);
  const term = crossEntropyTerm(config);
  const crossEntropy = term === undefined ? undefined : chosenCrossEntropy(pairs, term);
  const odds = config.loss === 'orpo' ? logProbs.map(pairLogOdds) : undefined;
  return {
    loss: mean(logProbs, (pair) => preferenceLoss(pair, config).loss) + (crossEntropy?.weighted ?? 0),
    ...rewardMetrics(logProbs, config),
    'logits/chosen': perToken(chosen, ({ logits }) => logits),
    'logits/rejected': perToken(rejected, ({ logits }) => logits),
    mean_token_accuracy: perToken(chosen, ({ correct }) => correct),
    ...(crossEntropy === undefined ? {} : { nll_loss: crossEntropy.value }),
    ...(odds === undefined
      ? {}
      : { log_odds_ratio: mean(odds, logSigmoid), log_odds_chosen: mean(odds, (value) => value) }),
  };
}

function chosenCrossEntropy(
  pairs: readonly ScoredPair[],
  { weight }: CrossEntropyTerm,
): { readonly value: number; readonly weighted: number } {
  const labels = pairs.reduce((sum, { chosenLabels }) => sum + chosenLabels, 0);
  const value = -pairs.reduce((sum, { chosen }) => sum + chosen.labelsLogProb, 0) / labels;
  return { value, weighted: weight * value };
}

function pairLogOdds({ policyChosen, policyRejected, chosenTokens, rejectedTokens }: PairLogProbs): number {
  return logOddsRatio(policyChosen / chosenTokens, policyRejected / rejectedTokens);
}

function perToken(sides: readonly SideScore[], value: (side: SideScore) => number): number {
  const tokens = sides.reduce((sum, side) => sum + side.tokens, 0);
  return sides.reduce((sum, side) => sum + value(side), 0) / tokens;
}

function mean<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0) / items.length;
}
