export {
  defaultDpo,
  defaultPreferenceTraining,
  resolveDpoConfig,
  type DpoConfig,
  type PreferenceTrainingConfig,
} from './dpo-config.ts';
export {
  dpoStepGradients,
  evaluatePairs,
  type DpoStepOptions,
  type DpoStepResult,
  type EvaluatePairsOptions,
} from './dpo-step.ts';
export { encodePair, type EncodedPair } from './encode-pair.ts';
export { encodeRated, type EncodedRated } from './encode-rated.ts';
export { encodeSide, type EncodedSide } from './encode-side.ts';
export type { EncodeSideOptions, LengthLimits } from './fit-prompt.ts';
export { defaultKto, resolveKtoConfig, type KtoConfig } from './kto-config.ts';
export { defaultKtoLoss, estimateKl, ktoLoss, type KtoLossConfig, type RatedLogProbs } from './kto-loss.ts';
export {
  evaluateRated,
  ktoStepGradients,
  type EvaluateRatedOptions,
  type KtoMetrics,
  type KtoStepOptions,
  type KtoStepResult,
  type ScoredRated,
} from './kto-step.ts';
export {
  crossEntropyTerm,
  defaultPreferenceLoss,
  isPerToken,
  needsReference,
  preferenceLoss,
  type CrossEntropyTerm,
  type PairLogProbs,
  type PairLoss,
  type PreferenceLossConfig,
  type PreferenceLossName,
} from './preference-loss.ts';
export { planDpoMemory, type PlanDpoOptions } from './plan-dpo-memory.ts';
export { precomputeReference, type PrecomputeReferenceOptions } from './precompute-reference.ts';
export {
  preferenceMetrics,
  rewardMetrics,
  type PreferenceMetrics,
  type RewardMetrics,
  type ScoredPair,
} from './preference-metrics.ts';
export type { ReferenceFile, ReferenceIdentity } from './reference-file.ts';
export {
  adapterOffReference,
  createReference,
  sequenceLogProbs,
  type PassOptions,
  type Reference,
} from './reference.ts';
export { addSideGradients, type SideDerivative, type SideGradientOptions } from './side-gradients.ts';
export { scoreSides, type SideScore } from './side-score.ts';
export { trainDpo, type TrainDpoOptions } from './train-dpo.ts';
export { trainKto, type TrainKtoOptions } from './train-kto.ts';
