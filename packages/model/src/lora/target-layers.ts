import { isAllLinear, selectsModule } from '@bezoar/formats';
import type { CausalLM, LinearLayer } from '../causal-lm.ts';
import type { LoraConfig } from './lora-adapter.ts';

/** The linear layers that can take an adapter, in model order: all but the output layer. */
export function linearLayers(model: CausalLM): LinearLayer[] {
  return model.layers.flatMap(({ q, k, v, o, gate, up, down }) => [q, k, v, o, gate, up, down]);
}

/** Those that the settings select. */
export function targetLayers(model: CausalLM, config: LoraConfig): LinearLayer[] {
  return linearLayers(model).filter(({ name }) => selectsModule(config, name));
}

/** `all-linear` as the list of names that it stands for, which every reader of PEFT folders knows. */
export function listTargets(config: LoraConfig): LoraConfig {
  return isAllLinear(config.targetModules) ? { ...config, targetModules: linearSuffixes } : config;
}

/** The last parts of the names of linear layers. */
export const linearSuffixes: readonly string[] = [
  'q_proj',
  'k_proj',
  'v_proj',
  'o_proj',
  'gate_proj',
  'up_proj',
  'down_proj',
];
