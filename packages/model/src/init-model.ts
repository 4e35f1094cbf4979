import type { Backend, Weight } from '@bezoar/backend';
import type { Rng } from '@bezoar/core';
import { assembleModel } from './assemble-model.ts';
import type { CausalLM } from './causal-lm.ts';
import type { ModelConfig } from './config/model-config.ts';
import { parameterSpecs } from './parameter-specs.ts';

export interface InitModelOptions {
  readonly config: ModelConfig;
  readonly backend: Backend;
  readonly rng: Rng;
  /** Standard deviation of linear and embedding weights; GPT-2's 0.02 by default. */
  readonly std?: number;
}

/**
 * A new model with random f32 weights: N(0, std²), norms one, biases zero; the two projections that write to the
 * residual stream (o, down) are scaled by 1/√(2·layers) (Radford et al. 2019).
 */
export function initModel({ config, backend, rng, std = 0.02 }: InitModelOptions): CausalLM {
  const residualStd = std / Math.sqrt(2 * config.numLayers);
  const weights = new Map<string, Weight>();
  for (const spec of parameterSpecs(config)) {
    const values = new Float32Array(spec.shape.reduce((size, dim) => size * dim, 1));
    if (spec.role === 'norm') values.fill(1);
    else if (spec.role !== 'bias') {
      const writesResidual = spec.name.endsWith('o_proj.weight') || spec.name.endsWith('down_proj.weight');
      const scale = writesResidual ? residualStd : std;
      for (let i = 0; i < values.length; i++) values[i] = rng.normal() * scale;
    }
    weights.set(spec.name, backend.upload('f32', spec.shape, values));
  }
  return assembleModel({ config, backend, weights });
}
