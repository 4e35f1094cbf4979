import type { Backend, Weight } from '@bezoar/backend';
import type { CausalLM } from './causal-lm.ts';
import type { ModelConfig } from './config/model-config.ts';
import { ropeTables } from './config/rope-tables.ts';
import { wireModel } from './wire-model.ts';

export interface AssembleOptions {
  readonly config: ModelConfig;
  readonly backend: Backend;
  /** By checkpoint name, as `parameterSpecs` lists them. The model takes ownership. */
  readonly weights: ReadonlyMap<string, Weight>;
}

/** Wires loaded weights into a model. */
export function assembleModel({ config, backend, weights }: AssembleOptions): CausalLM {
  const wired = wireModel({ config, weights });
  const half = config.headDim / 2;
  const tables = ropeTables(config, config.maxPositionEmbeddings);
  const rope = {
    cos: backend.upload('f32', [config.maxPositionEmbeddings, half], tables.cos),
    sin: backend.upload('f32', [config.maxPositionEmbeddings, half], tables.sin),
  };
  return {
    config,
    backend,
    ...wired,
    rope,
    adapter: undefined,
    dispose() {
      for (const each of weights.values()) each.dispose();
      rope.cos.dispose();
      rope.sin.dispose();
    },
  };
}
