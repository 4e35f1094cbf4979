export {
  encodePair,
  encodeSide,
  type EncodedPair,
  type EncodedSide,
  type EncodePairOptions,
} from './encode-pair.ts';
export {
  defaultPreferenceLoss,
  preferenceLoss,
  type PairLogProbs,
  type PairLoss,
  type PreferenceLossConfig,
  type PreferenceLossName,
} from './preference-loss.ts';
export { preferenceMetrics, type PreferenceMetrics } from './preference-metrics.ts';
export {
  createReference,
  sequenceLogProbs,
  type Reference,
  type ReferenceLogProbs,
} from './reference-log-probs.ts';
export {
  defaultDpo,
  dpoStepGradients,
  trainDpo,
  type DpoConfig,
  type DpoStepOptions,
  type DpoStepResult,
  type TrainDpoOptions,
} from './train-dpo.ts';
