import { pairLosses } from './pair-losses.ts';

/** Preference losses on sequence log-probabilities, as host functions with their derivatives. */
export type PreferenceLossName =
  | 'sigmoid'
  | 'sigmoid_norm'
  | 'cdpo'
  | 'robust'
  | 'hinge'
  | 'ipo'
  | 'apo_zero'
  | 'apo_down'
  | 'sppo_hard'
  | 'nca_pair'
  | 'simpo'
  | 'orpo';

export interface PreferenceLossConfig {
  readonly loss: PreferenceLossName;
  /** How strongly the policy is held to the reference; SimPO's scale of rewards, ORPO's λ. */
  readonly beta: number;
  /** ε of cDPO and robust DPO: the share of labels assumed to be flipped. */
  readonly labelSmoothing: number;
  /**
   * IPO only: whether log-probabilities are averaged over the completion's tokens (`mean`, as TRL does now) or summed
   * (`sum`, as in the paper's and Mitchell's code).
   */
  readonly ipoReduction: 'mean' | 'sum';
  /** γ of SimPO: how much greater the chosen reward shall be. */
  readonly simpoGamma: number;
  /** Weight of the cross-entropy of the chosen completion beside the loss (RPO); 0 leaves it out. ORPO has its own. */
  readonly rpoAlpha: number;
}

/** DPO with β 0.1. */
export const defaultPreferenceLoss: PreferenceLossConfig = {
  loss: 'sigmoid',
  beta: 0.1,
  labelSmoothing: 0,
  ipoReduction: 'mean',
  simpoGamma: 1,
  rpoAlpha: 0,
};

export interface PairLogProbs {
  /** Summed over the completion's tokens. */
  readonly policyChosen: number;
  readonly policyRejected: number;
  /** Losses without a reference do not look at these. */
  readonly referenceChosen: number;
  readonly referenceRejected: number;
  readonly chosenTokens: number;
  readonly rejectedTokens: number;
}

export interface PairLoss {
  readonly loss: number;
  /** ∂loss/∂policyChosen */
  readonly dChosen: number;
  /** ∂loss/∂policyRejected */
  readonly dRejected: number;
}

/** Whether a loss compares with a reference model. */
export function needsReference(loss: PreferenceLossName): boolean {
  return pairLosses[loss].reference;
}

/** Whether a loss looks at the average log-probability of a completion's tokens instead of their sum. */
export function isPerToken(config: PreferenceLossConfig): boolean {
  const { perToken } = pairLosses[config.loss];
  return typeof perToken === 'boolean' ? perToken : perToken(config);
}

/**
 * One pair's loss. δ_c = log π(chosen) − log ref(chosen), δ_r likewise, h = δ_c − δ_r; a bar is an average over tokens.
 *
 * sigmoid (Rafailov et al. 2023, eq. 7): −log σ(βh)
 * sigmoid_norm (Lambert et al. 2024, Tülu 3): −log σ(βh̄)
 * cdpo (Mitchell 2023): −(1−ε) log σ(βh) − ε log σ(−βh)
 * robust (Chowdhury et al. 2024): [−(1−ε) log σ(βh) + ε log σ(−βh)] / (1 − 2ε)
 * hinge (Zhao et al. 2023, SLiC): max(0, 1 − βh)
 * ipo (Azar et al. 2023): (h − 1/(2β))²
 * apo_zero (D'Oosterlinck et al. 2024): 1 − σ(βδ_c) + σ(βδ_r)
 * apo_down (the same): σ(βδ_c) + 1 − σ(βh)
 * sppo_hard (Wu et al. 2024): (δ_c − 1/(2β))² + (δ_r + 1/(2β))²
 * nca_pair (Chen et al. 2024): −log σ(βδ_c) − ½ log σ(−βδ_c) − ½ log σ(−βδ_r)
 * simpo (Meng et al. 2024, eq. 6): −log σ(β(log π̄(chosen) − log π̄(rejected)) − γ), no reference
 * orpo (Hong et al. 2024, eq. 6 without its cross-entropy): −λ log σ(log odds(chosen) − log odds(rejected)) with λ = β,
 *   odds(p) = p/(1 − p), log p = log π̄, no reference
 *
 * The cross-entropy that ORPO and `rpoAlpha` add is one of tokens, not of pairs: see `crossEntropyTerm`.
 */
export function preferenceLoss(pair: PairLogProbs, config: PreferenceLossConfig): PairLoss {
  const perToken = isPerToken(config);
  const chosenScale = perToken ? 1 / pair.chosenTokens : 1;
  const rejectedScale = perToken ? 1 / pair.rejectedTokens : 1;
  const { reference, of } = pairLosses[config.loss];
  const { loss, dChosen, dRejected } = of(
    (pair.policyChosen - (reference ? pair.referenceChosen : 0)) * chosenScale,
    (pair.policyRejected - (reference ? pair.referenceRejected : 0)) * rejectedScale,
    config,
  );
  return { loss, dChosen: dChosen * chosenScale, dRejected: dRejected * rejectedScale };
}

/** Cross-entropy of chosen sides as a part of the loss: a mean over tokens, so that long answers count as much as they are long. */
export interface CrossEntropyTerm {
  readonly weight: number;
  /** Of `completion` alone, or of the whole `text`, prompt included, as ORPO in TRL. */
  readonly over: 'completion' | 'text';
}

/** The cross-entropy that a loss adds, if it adds one: ORPO over prompt and completion, RPO over the completion. */
export function crossEntropyTerm({
  loss,
  rpoAlpha,
}: Pick<PreferenceLossConfig, 'loss' | 'rpoAlpha'>): CrossEntropyTerm | undefined {
  if (loss === 'orpo') return { weight: 1, over: 'text' };
  return rpoAlpha === 0 ? undefined : { weight: rpoAlpha, over: 'completion' };
}
