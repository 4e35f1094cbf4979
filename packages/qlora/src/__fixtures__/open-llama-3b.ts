import { parseModelConfig, type ModelConfig } from '@bezoar/model';

/** The shape of OpenLLaMA-3B-v2. */
export const openLlama3b: ModelConfig = parseModelConfig({
  model_type: 'llama',
  vocab_size: 32000,
  hidden_size: 3200,
  intermediate_size: 8640,
  num_hidden_layers: 26,
  num_attention_heads: 32,
  max_position_embeddings: 2048,
});
