import type { Backend, Weight } from '@bezoar/backend';
import type { SafetensorsDtype } from '@bezoar/formats';
import { assembleModel } from './assemble-model.ts';
import type { CausalLM } from './causal-lm.ts';
import type { ModelConfig } from './config/model-config.ts';
import type { WeightFormat } from './load-model.ts';
import { parameterSpecs } from './parameter-specs.ts';
import { placeWeight } from './place-weight.ts';

export interface BlankModelOptions {
  readonly config: ModelConfig;
  readonly backend: Backend;
  /** As `loadModel` takes it. */
  readonly weights: WeightFormat;
  /** Of the checkpoint that would be loaded. */
  readonly dtype: SafetensorsDtype;
}

/** A model whose weights are all zero, in the memory that it takes when it is loaded: for plans, on a dry run. */
export function blankModel({ config, backend, weights: format, dtype }: BlankModelOptions): CausalLM {
  const weights = new Map<string, Weight>();
  for (const spec of parameterSpecs(config)) {
    const dense = (type: 'f32' | 'bf16'): ReturnType<Backend['alloc']> => backend.alloc(type, spec.shape);
    weights.set(spec.name, placeWeight({ backend, spec, format, dtype, dense }));
  }
  return assembleModel({ config, backend, weights });
}
