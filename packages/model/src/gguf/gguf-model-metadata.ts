import type { GgufNumberType, GgufValue } from '@bezoar/formats';
import type { ModelConfig, RopeConfig } from '../config/model-config.ts';

/** llama.cpp's architecture: Mistral is computed as LLaMA there. */
export function ggufArchitecture({ modelType }: ModelConfig): 'llama' | 'qwen2' | 'qwen3' {
  return modelType === 'mistral' ? 'llama' : modelType;
}

const number = (type: GgufNumberType, value: number): GgufValue => ({ type, value });

/** What llama.cpp reads of a model's shape, by its keys. */
export function ggufModelMetadata(config: ModelConfig): Map<string, GgufValue> {
  const entries: readonly (readonly [string, GgufValue])[] = [
    ['block_count', number('u32', config.numLayers)],
    ['context_length', number('u32', config.maxPositionEmbeddings)],
    ['embedding_length', number('u32', config.hiddenSize)],
    ['feed_forward_length', number('u32', config.intermediateSize)],
    ['attention.head_count', number('u32', config.numHeads)],
    ['attention.head_count_kv', number('u32', config.numKvHeads)],
    ['attention.key_length', number('u32', config.headDim)],
    ['attention.value_length', number('u32', config.headDim)],
    ['attention.layer_norm_rms_epsilon', number('f32', config.rmsNormEps)],
    ['vocab_size', number('u32', config.vocabSize)],
    ['rope.dimension_count', number('u32', config.headDim)],
    ['rope.freq_base', number('f32', config.rope.theta)],
    ...scalingEntries(config.rope.scaling),
  ];
  return new Map(entries.map(([key, value]) => [`${ggufArchitecture(config)}.${key}`, value]));
}

/** llama3's scaling is a tensor, not metadata: `rope_freqs.weight`. */
function scalingEntries(scaling: RopeConfig['scaling']): (readonly [string, GgufValue])[] {
  if (scaling.type !== 'linear' && scaling.type !== 'yarn') return [];
  const entries: (readonly [string, GgufValue])[] = [
    ['rope.scaling.type', { type: 'string', value: scaling.type }],
    ['rope.scaling.factor', number('f32', scaling.factor)],
  ];
  if (scaling.type === 'linear') return entries;
  // llama.cpp multiplies by YaRN's usual amplitude itself; the key is what remains.
  const usual = 0.1 * Math.log(scaling.factor) + 1;
  return [
    ...entries,
    ['rope.scaling.original_context_length', number('u32', scaling.originalMaxPositions)],
    ['rope.scaling.attn_factor', number('f32', scaling.attentionFactor / usual)],
    ['rope.scaling.yarn_beta_fast', number('f32', scaling.betaFast)],
    ['rope.scaling.yarn_beta_slow', number('f32', scaling.betaSlow)],
  ];
}
