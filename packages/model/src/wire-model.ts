import type { Tensor, Weight } from '@bezoar/backend';
import { BezoarError } from '@bezoar/core';
import type { CausalLM, DecoderLayer, LinearLayer } from './causal-lm.ts';
import type { ModelConfig } from './config/model-config.ts';
import { linearNames } from './parameter-specs.ts';

export interface WireOptions {
  readonly config: ModelConfig;
  /** By checkpoint name, as `parameterSpecs` lists them. */
  readonly weights: ReadonlyMap<string, Weight>;
}

/** Puts weights in their places. Throws BezoarError BAD_FILE when one is missing. */
export function wireModel({
  config,
  weights,
}: WireOptions): Pick<CausalLM, 'embedding' | 'layers' | 'finalNorm' | 'lmHead'> {
  const weight = (name: string): Weight => {
    const found = weights.get(name);
    if (found === undefined) throw new BezoarError('BAD_FILE', `The weight ${name} is missing.`);
    return found;
  };
  const dense = (name: string): Tensor => {
    const found = weight(name);
    if (found.kind !== 'tensor') throw new BezoarError('BAD_FILE', `The weight ${name} must be dense.`);
    return found;
  };
  const linear = (name: string, bias: boolean): LinearLayer => ({
    name,
    weight: weight(`${name}.weight`),
    ...(bias ? { bias: dense(`${name}.bias`) } : {}),
  });
  const layers = Array.from({ length: config.numLayers }, (_, index): DecoderLayer => {
    const prefix = `model.layers.${index}`;
    const names = linearNames(index);
    return {
      inputNorm: dense(`${prefix}.input_layernorm.weight`),
      q: linear(names.q, config.qkvBias),
      k: linear(names.k, config.qkvBias),
      v: linear(names.v, config.qkvBias),
      o: linear(names.o, config.outputBias),
      ...(config.qkNorm
        ? {
            qNorm: dense(`${prefix}.self_attn.q_norm.weight`),
            kNorm: dense(`${prefix}.self_attn.k_norm.weight`),
          }
        : {}),
      postNorm: dense(`${prefix}.post_attention_layernorm.weight`),
      gate: linear(names.gate, config.mlpBias),
      up: linear(names.up, config.mlpBias),
      down: linear(names.down, config.mlpBias),
    };
  });
  const embedding = dense('model.embed_tokens.weight');
  return {
    embedding,
    layers,
    finalNorm: dense('model.norm.weight'),
    lmHead: config.tieWordEmbeddings ? embedding : weight('lm_head.weight'),
  };
}
