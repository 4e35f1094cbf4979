import type { ModelConfig } from './config/model-config.ts';

export interface ParameterSpec {
  /** The name in a Hugging Face checkpoint. */
  readonly name: string;
  readonly shape: readonly number[];
  /** `linear` weights may be quantised; norms and biases stay f32. */
  readonly role: 'embedding' | 'linear' | 'bias' | 'norm' | 'lm-head';
}

/** The linear layers of decoder layer `index`, by short name. */
export function linearNames(index: number): Record<'q' | 'k' | 'v' | 'o' | 'gate' | 'up' | 'down', string> {
  const layer = `model.layers.${index}`;
  return {
    q: `${layer}.self_attn.q_proj`,
    k: `${layer}.self_attn.k_proj`,
    v: `${layer}.self_attn.v_proj`,
    o: `${layer}.self_attn.o_proj`,
    gate: `${layer}.mlp.gate_proj`,
    up: `${layer}.mlp.up_proj`,
    down: `${layer}.mlp.down_proj`,
  };
}

/** Every parameter of the checkpoint, in the order of a Hugging Face state dict. A tied lm_head is not listed. */
export function parameterSpecs(config: ModelConfig): ParameterSpec[] {
  const { hiddenSize, intermediateSize, headDim, vocabSize } = config;
  const queries = config.numHeads * headDim;
  const keys = config.numKvHeads * headDim;
  const specs: ParameterSpec[] = [
    { name: 'model.embed_tokens.weight', shape: [vocabSize, hiddenSize], role: 'embedding' },
  ];
  const linear = (name: string, shape: [number, number], bias: boolean): void => {
    specs.push({ name: `${name}.weight`, shape, role: 'linear' });
    if (bias) specs.push({ name: `${name}.bias`, shape: [shape[0]], role: 'bias' });
  };
  for (let index = 0; index < config.numLayers; index++) {
    const layer = `model.layers.${index}`;
    const names = linearNames(index);
    linear(names.q, [queries, hiddenSize], config.qkvBias);
    linear(names.k, [keys, hiddenSize], config.qkvBias);
    linear(names.v, [keys, hiddenSize], config.qkvBias);
    linear(names.o, [hiddenSize, queries], config.outputBias);
    if (config.qkNorm) {
      specs.push({ name: `${layer}.self_attn.q_norm.weight`, shape: [headDim], role: 'norm' });
      specs.push({ name: `${layer}.self_attn.k_norm.weight`, shape: [headDim], role: 'norm' });
    }
    linear(names.gate, [intermediateSize, hiddenSize], config.mlpBias);
    linear(names.up, [intermediateSize, hiddenSize], config.mlpBias);
    linear(names.down, [hiddenSize, intermediateSize], config.mlpBias);
    specs.push({ name: `${layer}.input_layernorm.weight`, shape: [hiddenSize], role: 'norm' });
    specs.push({ name: `${layer}.post_attention_layernorm.weight`, shape: [hiddenSize], role: 'norm' });
  }
  specs.push({ name: 'model.norm.weight', shape: [hiddenSize], role: 'norm' });
  if (!config.tieWordEmbeddings)
    specs.push({ name: 'lm_head.weight', shape: [vocabSize, hiddenSize], role: 'lm-head' });
  return specs;
}
