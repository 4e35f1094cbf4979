import { describe, expect, it } from 'vitest';
import { parameterSpecs } from '../parameter-specs.ts';
import { parseModelConfig } from './parse-model-config.ts';
import { serializeModelConfig } from './serialize-model-config.ts';

const llama = { model_type: 'llama', hidden_act: 'silu' };
const llama3 = {
  ...llama,
  vocab_size: 128256,
  rms_norm_eps: 1e-5,
  rope_theta: 500000,
  num_key_value_heads: 8,
  num_attention_heads: 32,
};
const qwen = {
  hidden_act: 'silu',
  rope_theta: 1e6,
  sliding_window: 32768,
  use_sliding_window: false,
  max_window_layers: 21,
};
const grown = {
  factor: 32,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 8192,
  rope_type: 'llama3',
};

/** The settings that the models' own config.json files have, and how many parameters the models are known to have. */
const models: [string, number, Record<string, unknown>][] = [
  [
    'OpenLLaMA-3B-v2',
    3_426_473_600,
    { ...llama, ...sizes([3200, 8640], [26, 32]), vocab_size: 32000, rms_norm_eps: 1e-6 },
  ],
  [
    'LLaMA-2-7B',
    6_738_415_616,
    {
      ...llama,
      ...sizes([4096, 11008], [32, 32]),
      vocab_size: 32000,
      num_key_value_heads: 32,
      rope_scaling: null,
    },
  ],
  ['LLaMA-3-8B', 8_030_261_248, { ...sizes([4096, 14336], [32, 32]), ...llama3 }],
  [
    'LLaMA-3.2-1B',
    1_235_814_400,
    {
      ...sizes([2048, 8192], [16, 32]),
      ...llama3,
      head_dim: 64,
      tie_word_embeddings: true,
      rope_scaling: grown,
      eos_token_id: [128001, 128008, 128009],
    },
  ],
  [
    'TinyLlama-1.1B',
    1_100_048_384,
    { ...llama, ...sizes([2048, 5632], [22, 32]), vocab_size: 32000, num_key_value_heads: 4 },
  ],
  [
    'SmolLM2-135M',
    134_515_008,
    {
      ...llama,
      ...sizes([576, 1536], [30, 9]),
      vocab_size: 49152,
      num_key_value_heads: 3,
      rope_theta: 100000,
      tie_word_embeddings: true,
    },
  ],
  [
    'SmolLM2-1.7B',
    1_711_376_384,
    {
      ...llama,
      ...sizes([2048, 8192], [24, 32]),
      vocab_size: 49152,
      rope_theta: 130000,
      tie_word_embeddings: true,
    },
  ],
  [
    'Mistral-7B-v0.1',
    7_241_732_096,
    {
      ...sizes([4096, 14336], [32, 32]),
      model_type: 'mistral',
      vocab_size: 32000,
      num_key_value_heads: 8,
      sliding_window: 4096,
    },
  ],
  [
    'Qwen2.5-0.5B',
    494_032_768,
    {
      ...qwen,
      ...sizes([896, 4864], [24, 14]),
      model_type: 'qwen2',
      vocab_size: 151936,
      num_key_value_heads: 2,
      tie_word_embeddings: true,
    },
  ],
  [
    'Qwen2.5-7B with YaRN',
    7_615_616_512,
    {
      ...qwen,
      ...sizes([3584, 18944], [28, 28]),
      model_type: 'qwen2',
      vocab_size: 152064,
      num_key_value_heads: 4,
      rope_scaling: { type: 'yarn', factor: 4, original_max_position_embeddings: 32768 },
    },
  ],
  [
    'Qwen3-0.6B',
    596_049_920,
    {
      ...qwen,
      ...sizes([1024, 3072], [28, 16]),
      model_type: 'qwen3',
      vocab_size: 151936,
      num_key_value_heads: 8,
      head_dim: 128,
      sliding_window: null,
      tie_word_embeddings: true,
    },
  ],
];

function sizes(
  [hidden, intermediate]: [number, number],
  [layers, heads]: [number, number],
): Record<string, unknown> {
  return {
    hidden_size: hidden,
    intermediate_size: intermediate,
    num_hidden_layers: layers,
    num_attention_heads: heads,
  };
}

describe.each(models)('%s', (...[, parameters, json]) => {
  const config = parseModelConfig(json);

  it(`has ${parameters.toLocaleString('en')} parameters`, () => {
    const count = parameterSpecs(config).reduce(
      (sum, { shape }) => sum + shape.reduce((size, dim) => size * dim, 1),
      0,
    );
    expect(count).toBe(parameters);
  });

  it('is the same after it was written and read', () => {
    const written: unknown = JSON.parse(JSON.stringify(serializeModelConfig(config, 'bfloat16')));
    expect(parseModelConfig(written)).toEqual(config);
  });
});

it.each([
  ['gemma2', { model_type: 'gemma2' }, /model_type "gemma2"/],
  ['another activation', { hidden_act: 'gelu' }, /hidden_act "gelu"/],
  ['dynamic scaling', { rope_scaling: { type: 'dynamic', factor: 2 } }, /rope type "dynamic"/],
  ['partial rotary embeddings', { partial_rotary_factor: 0.5 }, /partial rotary/],
])('refuses %s, because it would be computed wrongly', (...[, change, message]) => {
  const json = { ...llama, ...sizes([64, 128], [1, 4]), vocab_size: 32, ...change };
  expect(() => parseModelConfig(json)).toThrow(message);
});
