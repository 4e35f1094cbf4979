import type { FloatType } from '../float-type.ts';
import type { ModelConfig, RopeConfig } from './model-config.ts';

const architectures = {
  llama: 'LlamaForCausalLM',
  mistral: 'MistralForCausalLM',
  qwen2: 'Qwen2ForCausalLM',
  qwen3: 'Qwen3ForCausalLM',
} as const;

/** The `config.json` (transformers 4 style, which transformers 5 reads as well) of a model that this engine made. */
export function serializeModelConfig(config: ModelConfig, dtype: FloatType): Record<string, unknown> {
  return {
    architectures: [architectures[config.modelType]],
    model_type: config.modelType,
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.numLayers,
    num_attention_heads: config.numHeads,
    num_key_value_heads: config.numKvHeads,
    head_dim: config.headDim,
    hidden_act: 'silu',
    rms_norm_eps: config.rmsNormEps,
    max_position_embeddings: config.maxPositionEmbeddings,
    rope_theta: config.rope.theta,
    rope_scaling: serializeScaling(config.rope.scaling),
    tie_word_embeddings: config.tieWordEmbeddings,
    attention_bias: config.outputBias,
    mlp_bias: config.mlpBias,
    sliding_window: config.slidingWindow ?? null,
    bos_token_id: config.bosTokenId ?? null,
    eos_token_id:
      config.eosTokenIds.length === 1
        ? config.eosTokenIds[0]
        : config.eosTokenIds.length === 0
          ? null
          : config.eosTokenIds,
    torch_dtype: dtype,
  };
}

function serializeScaling(scaling: RopeConfig['scaling']): Record<string, unknown> | null {
  switch (scaling.type) {
    case 'none':
      return null;
    case 'linear':
      return { rope_type: scaling.type, factor: scaling.factor };
    case 'llama3':
      return {
        rope_type: scaling.type,
        factor: scaling.factor,
        low_freq_factor: scaling.lowFreqFactor,
        high_freq_factor: scaling.highFreqFactor,
        original_max_position_embeddings: scaling.originalMaxPositions,
      };
    case 'yarn':
      return {
        rope_type: scaling.type,
        factor: scaling.factor,
        attention_factor: scaling.attentionFactor,
        beta_fast: scaling.betaFast,
        beta_slow: scaling.betaSlow,
        original_max_position_embeddings: scaling.originalMaxPositions,
      };
  }
}
