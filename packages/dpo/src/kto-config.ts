import { BezoarError } from '@bezoar/core';
import { checkBeta, defaultPreferenceTraining, type PreferenceTrainingConfig } from './dpo-config.ts';
import { defaultKtoLoss, type KtoLossConfig } from './kto-loss.ts';

export interface KtoConfig extends PreferenceTrainingConfig, KtoLossConfig {}

/** What a KTO training is when nothing else is said. */
export const defaultKto: KtoConfig = { ...defaultPreferenceTraining, ...defaultKtoLoss };

/** Fills in defaults. Throws BezoarError BAD_CONFIG for values that make no sense. */
export function resolveKtoConfig(given: Partial<KtoConfig> = {}): KtoConfig {
  const config: KtoConfig = { ...defaultKto, ...given };
  checkBeta(config);
  for (const name of ['desirableWeight', 'undesirableWeight'] as const) {
    if (config[name] >= 0) continue;
    throw new BezoarError('BAD_CONFIG', `${name} is ${config[name]}; it must not be negative.`);
  }
  return config;
}
