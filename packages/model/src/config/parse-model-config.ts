import { BezoarError, parseOrThrow } from '@bezoar/core';
import { z } from 'zod';
import type { ModelConfig } from './model-config.ts';
import { parseRope, ropeSchema } from './parse-rope.ts';
import { unsupported } from './unsupported.ts';

const size = z.number().int().positive();

const configSchema = z.looseObject({
  model_type: z.string(),
  vocab_size: size,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: size,
  num_attention_heads: size,
  num_key_value_heads: size.nullish(),
  head_dim: size.nullish(),
  hidden_act: z.string().default('silu'),
  rms_norm_eps: z.number().positive().default(1e-6),
  max_position_embeddings: size.default(2048),
  rope_theta: z.number().positive().nullish(),
  rope_scaling: ropeSchema.nullish(),
  rope_parameters: ropeSchema.nullish(),
  partial_rotary_factor: z.number().nullish(),
  tie_word_embeddings: z.boolean().default(false),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
  sliding_window: size.nullish(),
  use_sliding_window: z.boolean().nullish(),
  layer_types: z.array(z.string()).nullish(),
  bos_token_id: z.number().int().nullish(),
  eos_token_id: z.union([z.number().int(), z.array(z.number().int())]).nullish(),
});

type RawConfig = z.output<typeof configSchema>;
const families = ['llama', 'mistral', 'qwen2', 'qwen3'] as const;

/**
 * Reads a Hugging Face `config.json` (transformers 4 or 5 style).
 * Throws BezoarError BAD_FILE on a malformed config, UNSUPPORTED on what this engine would compute wrongly.
 */
export function parseModelConfig(json: unknown, what = 'config.json'): ModelConfig {
  const raw = parseOrThrow(configSchema, json, { what, code: 'BAD_FILE' });
  const modelType = families.find((family) => family === raw.model_type);
  if (modelType === undefined) {
    throw unsupported(what, `model_type "${raw.model_type}"`, `Supported: ${families.join(', ')}.`);
  }
  if (raw.hidden_act !== 'silu') throw unsupported(what, `hidden_act "${raw.hidden_act}"`, 'Only silu is.');
  if ((raw.partial_rotary_factor ?? 1) !== 1) throw unsupported(what, 'partial rotary embedding');
  const headDim = raw.head_dim ?? raw.hidden_size / raw.num_attention_heads;
  const numKvHeads = raw.num_key_value_heads ?? raw.num_attention_heads;
  if (!Number.isInteger(headDim) || headDim % 2 !== 0 || raw.num_attention_heads % numKvHeads !== 0) {
    throw new BezoarError(
      'BAD_FILE',
      `${what}: ${raw.num_attention_heads} heads, ${numKvHeads} key heads and hidden size ${raw.hidden_size} do not fit together.`,
    );
  }
  const llamaBias = modelType === 'llama' && raw.attention_bias;
  const eos = raw.eos_token_id ?? [];
  return {
    modelType,
    vocabSize: raw.vocab_size,
    hiddenSize: raw.hidden_size,
    intermediateSize: raw.intermediate_size,
    numLayers: raw.num_hidden_layers,
    numHeads: raw.num_attention_heads,
    numKvHeads,
    headDim,
    rmsNormEps: raw.rms_norm_eps,
    maxPositionEmbeddings: raw.max_position_embeddings,
    rope: parseRope(raw, what),
    tieWordEmbeddings: raw.tie_word_embeddings,
    qkvBias: modelType === 'qwen2' || llamaBias || (modelType === 'qwen3' && raw.attention_bias),
    outputBias: llamaBias || (modelType === 'qwen3' && raw.attention_bias),
    mlpBias: modelType === 'llama' && raw.mlp_bias,
    qkNorm: modelType === 'qwen3',
    slidingWindow: parseWindow(raw, what),
    bosTokenId: raw.bos_token_id ?? undefined,
    eosTokenIds: typeof eos === 'number' ? [eos] : eos,
  };
}

function parseWindow(raw: RawConfig, what: string): number | undefined {
  const sliding = (raw.layer_types ?? []).filter((type) => type === 'sliding_attention').length;
  if (sliding > 0 && sliding < raw.num_hidden_layers) {
    throw unsupported(what, 'a mixture of full and sliding attention layers');
  }
  const usesWindow =
    raw.model_type === 'mistral' || sliding === raw.num_hidden_layers || raw.use_sliding_window === true;
  if (raw.model_type.startsWith('qwen') && raw.use_sliding_window === true && raw.layer_types == null) {
    throw unsupported(
      what,
      'use_sliding_window without layer_types',
      'Set use_sliding_window to false for contexts below the window.',
    );
  }
  return usesWindow && raw.model_type !== 'llama' ? (raw.sliding_window ?? undefined) : undefined;
}
