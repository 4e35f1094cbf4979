import { BezoarError } from '@bezoar/core';
import { defaultAdamW, type AdamWConfig, type BestModelConfig, type ScheduleConfig } from '@bezoar/qlora';
import {
  defaultPreferenceLoss,
  type PreferenceLossConfig,
  type PreferenceLossName,
} from './preference-loss.ts';

/** What every preference training has beside its loss. */
export interface PreferenceTrainingConfig extends ScheduleConfig, AdamWConfig, BestModelConfig {
  readonly epochs: number;
  /** Ends earlier, or goes over the data again; the schedule spans it. */
  readonly maxSteps?: number | undefined;
  /** Pairs, or rated completions, per micro-batch; each of them is two sequences. */
  readonly batchSize: number;
  readonly gradientAccumulation: number;
  readonly seed: number;
  /** Recompute activations in the backward pass: less memory, about a third more work. */
  readonly gradientCheckpointing: boolean;
}

export interface DpoConfig extends PreferenceTrainingConfig, PreferenceLossConfig {}

/** Rafailov et al. 2023 with the learning rate that suits an adapter; one epoch as in OpenBezoar. */
export const defaultPreferenceTraining: PreferenceTrainingConfig = {
  ...defaultAdamW,
  maxGradNorm: 1,
  schedule: 'linear',
  learningRate: 5e-5,
  warmupRatio: 0.1,
  epochs: 1,
  batchSize: 4,
  gradientAccumulation: 4,
  seed: 0,
  gradientCheckpointing: false,
};

/** What a DPO training is when nothing else is said. */
export const defaultDpo: DpoConfig = { ...defaultPreferenceTraining, ...defaultPreferenceLoss };

/** Of SimPO's paper for Llama 3; its rewards are averages over tokens, so β is greater than elsewhere. */
const simpoBeta = 2;

/** Settings that only some losses read. */
const readers: Readonly<
  Record<'labelSmoothing' | 'ipoReduction' | 'simpoGamma', readonly PreferenceLossName[]>
> = {
  labelSmoothing: ['cdpo', 'robust'],
  ipoReduction: ['ipo'],
  simpoGamma: ['simpo'],
};

/** Fills in defaults. Throws BezoarError BAD_CONFIG for values that make no sense and settings that the loss would ignore. */
export function resolveDpoConfig(given: Partial<DpoConfig> = {}): DpoConfig {
  const config: DpoConfig = {
    ...defaultDpo,
    ...(given.loss === 'simpo' ? { beta: simpoBeta } : {}),
    ...given,
  };
  const { loss, labelSmoothing, rpoAlpha, simpoGamma } = config;
  checkBeta(config);
  if (labelSmoothing < 0 || labelSmoothing >= 0.5)
    throw new BezoarError('BAD_CONFIG', `labelSmoothing is ${labelSmoothing}; it must be in [0, 0.5).`);
  if (!(rpoAlpha >= 0))
    throw new BezoarError('BAD_CONFIG', `rpoAlpha is ${rpoAlpha}; it must not be negative.`);
  if (!(simpoGamma >= 0))
    throw new BezoarError('BAD_CONFIG', `simpoGamma is ${simpoGamma}; it must not be negative.`);
  for (const name of Object.keys(readers) as (keyof typeof readers)[]) {
    if (config[name] === defaultDpo[name] || readers[name].includes(loss)) continue;
    throw new BezoarError('BAD_CONFIG', `${name} has no effect on the ${loss} loss.`, {
      advice: `Use loss: ${readers[name].join(' or ')}.`,
    });
  }
  if (rpoAlpha > 0 && loss === 'orpo') {
    throw new BezoarError('BAD_CONFIG', 'rpoAlpha has no place in ORPO, which has its own cross-entropy.', {
      advice: 'Leave rpoAlpha out; beta weighs the odds ratio against the cross-entropy.',
    });
  }
  return config;
}

export function checkBeta({ beta }: { readonly beta: number }): void {
  if (beta > 0) return;
  throw new BezoarError('BAD_CONFIG', `beta is ${beta}; it must be positive.`, {
    advice: 'The usual value is 0.1.',
  });
}
