import type { Backend, Tensor, Weight } from '@bezoar/backend';
import { assembleModel, parameterSpecs, type CausalLM, type ModelConfig } from '@bezoar/model';

/** A model with small random weights, its linear layers NF4 with double quantisation. */
export function randomModel(backend: Backend, config: ModelConfig): CausalLM {
  const weights = new Map<string, Weight>();
  let state = 1;
  for (const { name, shape, role } of parameterSpecs(config)) {
    const values = new Float32Array(shape.reduce((size, dim) => size * dim, 1));
    for (let i = 0; i < values.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      values[i] = role === 'norm' ? 1 : state * 1e-11;
    }
    const dense: Tensor = backend.upload('f32', shape, values);
    if (role !== 'linear') {
      weights.set(name, dense);
      continue;
    }
    weights.set(name, backend.nf4Quantize({ weight: dense, doubleQuant: true }));
    dense.dispose();
  }
  return assembleModel({ config, backend, weights });
}
