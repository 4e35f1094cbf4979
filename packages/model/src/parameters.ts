import type { Weight } from '@bezoar/backend';
import type { CausalLM } from './causal-lm.ts';
import { parameterSpecs } from './parameter-specs.ts';

/** The model's weights by checkpoint name, in checkpoint order. */
export function modelParameters(model: CausalLM): Map<string, Weight> {
  const byName = new Map<string, Weight>([
    ['model.embed_tokens.weight', model.embedding],
    ['model.norm.weight', model.finalNorm],
    ['lm_head.weight', model.lmHead],
  ]);
  model.layers.forEach((layer, index) => {
    const prefix = `model.layers.${index}`;
    byName.set(`${prefix}.input_layernorm.weight`, layer.inputNorm);
    byName.set(`${prefix}.post_attention_layernorm.weight`, layer.postNorm);
    if (layer.qNorm !== undefined) byName.set(`${prefix}.self_attn.q_norm.weight`, layer.qNorm);
    if (layer.kNorm !== undefined) byName.set(`${prefix}.self_attn.k_norm.weight`, layer.kNorm);
    for (const linear of linearLayers(layer)) {
      byName.set(`${linear.name}.weight`, linear.weight);
      if (linear.bias !== undefined) byName.set(`${linear.name}.bias`, linear.bias);
    }
  });
  return new Map(parameterSpecs(model.config).map(({ name }) => [name, byName.get(name)!]));
}

function linearLayers(layer: CausalLM['layers'][number]): CausalLM['layers'][number]['q'][] {
  return [layer.q, layer.k, layer.v, layer.o, layer.gate, layer.up, layer.down];
}
