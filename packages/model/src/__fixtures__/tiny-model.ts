import type { Backend, Tensor, Weight } from '@bezoar/backend';
import { createRng } from '@bezoar/core';
import { assembleModel } from '../assemble-model.ts';
import type { CausalLM } from '../causal-lm.ts';
import { parseModelConfig } from '../config/parse-model-config.ts';
import { denseCopy } from '../dense-copy.ts';
import { initModel } from '../init-model.ts';
import { modelParameters } from '../parameters.ts';
import { parameterSpecs } from '../parameter-specs.ts';

/** A random two-layer model whose weights are large enough for its predictions to differ. */
export function tinyModel(backend: Backend, overrides: Record<string, unknown> = {}): CausalLM {
  const config = parseModelConfig({
    model_type: 'llama',
    vocab_size: 40,
    hidden_size: 16,
    intermediate_size: 24,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    max_position_embeddings: 64,
    bos_token_id: 1,
    eos_token_id: 2,
    ...overrides,
  });
  return initModel({ config, backend, rng: createRng('tiny model'), std: 0.4 });
}

/** The same with its linear layers in NF4. */
export function quantisedModel(backend: Backend, overrides: Record<string, unknown> = {}): CausalLM {
  const dense = tinyModel(backend, overrides);
  const roles = new Map(parameterSpecs(dense.config).map(({ name, role }) => [name, role]));
  const weights = Array.from(modelParameters(dense), ([name, weight]): [string, Weight] => [
    name,
    roles.get(name) === 'linear' ? backend.nf4Quantize({ weight: weight as Tensor }) : denseCopy(backend, weight),
  ]);
  const model = assembleModel({ config: dense.config, backend, weights: new Map(weights) });
  dense.dispose();
  return model;
}

export function randomTokens(count: number, seed: number, vocab = 40): number[] {
  const rng = createRng(seed);
  return Array.from({ length: count }, () => rng.int(vocab));
}
