import { createReferenceBackend } from '@bezoar/backend';
import { memoryFolder, openGguf, type GgufFile, type GgufTensorType, type GgufValue } from '@bezoar/formats';
import { describe, expect, it } from 'vitest';
import { tinyModel } from '../__fixtures__/tiny-model.ts';
import { modelParameters } from '../parameters.ts';
import { parameterSpecs } from '../parameter-specs.ts';
import { trainByteLevelBpe } from '../tokenizer/train-byte-level-bpe.ts';
import { modelWeights } from '../weights/weight-source.ts';
import { exportGguf, type ExportGgufOptions, type GgufExport } from './export-gguf.ts';
import { interleaveRotary } from './interleave-rotary.ts';

const vocabulary = 300;
const tokenizer = trainByteLevelBpe({
  texts: ['The robin is brown.'],
  vocabSize: vocabulary - 4,
  specialTokens: ['<unk>', '<s>', '</s>'],
});

function tokenizerFolder(files: Readonly<Record<string, unknown>> = {}): ReturnType<typeof memoryFolder> {
  const all = {
    'tokenizer.json': tokenizer,
    'tokenizer_config.json': { add_bos_token: true, pad_token: '<unk>', chat_template: 'from the folder' },
    ...files,
  };
  const bytes = Object.entries(all).map(([name, json]): [string, Uint8Array] => [
    name,
    new TextEncoder().encode(JSON.stringify(json)),
  ]);
  return memoryFolder(new Map(bytes));
}

interface Exported {
  readonly result: GgufExport;
  readonly file: GgufFile;
  /** What the model holds, by the names of `parameterSpecs`. */
  readonly weights: ReadonlyMap<string, Float32Array>;
}

async function exportTiny(
  overrides: Record<string, unknown> = {},
  options: Partial<ExportGgufOptions> = {},
): Promise<Exported> {
  const model = tinyModel(createReferenceBackend(), { vocab_size: vocabulary, ...overrides });
  const source = modelWeights(model);
  const weights = new Map<string, Float32Array>();
  for (const name of modelParameters(model).keys()) weights.set(name, await source.read(name));
  const sink = memoryFolder(new Map());
  const result = await exportGguf({
    weights: source,
    folder: tokenizerFolder(),
    sink,
    type: 'f32',
    name: 'a tiny/model',
    ...options,
  });
  return { result, file: await openGguf(await sink.open(result.file)), weights };
}

const valueOf = (file: GgufFile, key: string): unknown => {
  const value = file.metadata.get(key);
  return value?.type === 'array' ? value.values : value?.value;
};

describe('exportGguf', () => {
  it('writes every weight, queries and keys of LLaMA in ggml’s rotary order', async () => {
    const { file, weights } = await exportTiny({ attention_bias: true });
    const read = async (name: string): Promise<Float32Array> => file.readF32(name);
    expect(file.names).toHaveLength(weights.size);
    expect(await read('token_embd.weight')).toEqual(weights.get('model.embed_tokens.weight'));
    expect(await read('output.weight')).toEqual(weights.get('lm_head.weight'));
    expect(await read('blk.1.ffn_down.weight')).toEqual(weights.get('model.layers.1.mlp.down_proj.weight'));
    const q = weights.get('model.layers.0.self_attn.q_proj.weight')!;
    const k = weights.get('model.layers.0.self_attn.k_proj.bias')!;
    expect(await read('blk.0.attn_q.weight')).toEqual(interleaveRotary(q, { heads: 4, width: 16 }));
    expect(await read('blk.0.attn_k.bias')).toEqual(interleaveRotary(k, { heads: 2, width: 1 }));
    expect(file.info('blk.0.attn_k.weight').shape).toEqual([8, 16]);
  });

  it.each(['qwen2', 'qwen3'])('leaves queries of %s as they are', async (family) => {
    const { file, weights } = await exportTiny({ model_type: family, head_dim: 4 });
    expect(valueOf(file, 'general.architecture')).toBe(family);
    expect(await file.readF32('blk.0.attn_q.weight')).toEqual(
      weights.get('model.layers.0.self_attn.q_proj.weight'),
    );
    expect(file.names).toContain(family === 'qwen3' ? 'blk.1.attn_q_norm.weight' : 'blk.1.attn_v.bias');
  });

  it('says the shape under llama.cpp’s keys', async () => {
    const { file, result } = await exportTiny({
      rms_norm_eps: 1e-5,
      tie_word_embeddings: true,
      model_type: 'mistral',
    });
    expect(result).toEqual({ file: 'a-tiny-model-F32.gguf', unquantised: [], notes: [] });
    expect(file.names).not.toContain('output.weight');
    const wanted = {
      'general.architecture': 'llama',
      'general.name': 'a tiny/model',
      'general.file_type': 0,
      'llama.block_count': 2,
      'llama.context_length': 64,
      'llama.embedding_length': 16,
      'llama.feed_forward_length': 24,
      'llama.attention.head_count': 4,
      'llama.attention.head_count_kv': 2,
      'llama.rope.dimension_count': 4,
      'llama.rope.freq_base': 10_000,
      'llama.attention.layer_norm_rms_epsilon': Math.fround(1e-5),
      'tokenizer.chat_template': 'from the folder',
    };
    expect(Object.fromEntries(Object.keys(wanted).map((key) => [key, valueOf(file, key)]))).toEqual(wanted);
  });

  it('quantises matrices only, embeddings and head less, and keeps rows that are no blocks', async () => {
    const { file, result } = await exportTiny({ hidden_size: 64, intermediate_size: 80 }, { type: 'q4_0' });
    const types = Object.fromEntries(file.names.map((name) => [name, file.info(name).type]));
    expect(types).toMatchObject<Record<string, GgufTensorType>>({
      'token_embd.weight': 'q8_0',
      'output.weight': 'q8_0',
      'output_norm.weight': 'f32',
      'blk.0.attn_norm.weight': 'f32',
      'blk.0.attn_q.weight': 'q4_0',
      'blk.0.ffn_up.weight': 'q4_0',
      // 80 columns.
      'blk.0.ffn_down.weight': 'f16',
    });
    expect(result.unquantised).toEqual([0, 1].map((layer) => `model.layers.${layer}.mlp.down_proj.weight`));
  });

  it('writes the scalings of rope as llama.cpp takes them', async () => {
    const llama3 = {
      rope_type: 'llama3',
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 1024,
    };
    const { file } = await exportTiny({ hidden_size: 64, rope_scaling: llama3 });
    const factors = await file.readF32('rope_freqs.weight');
    // From the definition: the first frequencies are kept, the last divided by the factor, those between in between.
    const expected = Array.from({ length: 8 }, (_, i) => {
      const wavelength = 2 * Math.PI * 10_000 ** (i / 8);
      if (wavelength < 1024 / 4) return 1;
      if (wavelength > 1024) return 8;
      const smooth = (1024 / wavelength - 1) / 3;
      return 1 / ((1 - smooth) / 8 + smooth);
    });
    factors.forEach((factor, i) => expect(factor).toBeCloseTo(expected[i]!, 4));
    expect(new Set(expected).size).toBeGreaterThan(2);
    const yarn = { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 16 };
    const other = (await exportTiny({ rope_scaling: yarn })).file;
    expect(valueOf(other, 'llama.rope.scaling.type')).toBe('yarn');
    expect(valueOf(other, 'llama.rope.scaling.attn_factor')).toBeCloseTo(1, 6);
    expect(other.names).not.toContain('rope_freqs.weight');
  });

  it('writes a token for every row of the embedding', async () => {
    const { file } = await exportTiny({}, { chatTemplate: 'given' });
    const tokens = valueOf(file, 'tokenizer.ggml.tokens') as string[];
    const types = valueOf(file, 'tokenizer.ggml.token_type') as number[];
    expect(tokens).toHaveLength(vocabulary);
    expect(tokens.slice(0, 3)).toEqual(['<unk>', '<s>', '</s>']);
    expect(types.slice(0, 4)).toEqual([3, 3, 3, 1]);
    expect([tokens.at(-1), types.at(-1)]).toEqual(['[PAD299]', 5]);
    const keys = ['model', 'pre', 'bos_token_id', 'eos_token_id', 'padding_token_id', 'add_bos_token'];
    expect(keys.map((key) => valueOf(file, `tokenizer.ggml.${key}`))).toEqual([
      'gpt2',
      'smollm',
      1,
      2,
      0,
      true,
    ]);
    expect(valueOf(file, 'tokenizer.chat_template')).toBe('given');
    const merges = (tokenizer['model'] as { readonly merges: readonly [string, string][] }).merges;
    expect(valueOf(file, 'tokenizer.ggml.merges')).toEqual(merges.map((pair) => pair.join(' ')));
  });

  it('says that attention will reach further than it did', async () => {
    const { result } = await exportTiny({ model_type: 'mistral', sliding_window: 16 });
    expect(result.notes.join()).toContain('16 tokens');
  });

  it.each<[string, Record<string, unknown>, string]>([
    [
      'words that llama.cpp does not know',
      { ...tokenizer, pre_tokenizer: { type: 'Whitespace' } },
      'UNSUPPORTED',
    ],
    ['another kind of tokenizer', { model: { type: 'Unigram', vocab: [] } }, 'UNSUPPORTED'],
    ['a vocabulary that is larger than the embedding', bigger(), 'BAD_FILE'],
  ])('refuses %s before it writes', async (_, json, code) => {
    const files = new Map<string, Uint8Array>();
    const exported = exportTiny(
      {},
      { folder: tokenizerFolder({ 'tokenizer.json': json }), sink: memoryFolder(files) },
    );
    await expect(exported).rejects.toMatchObject({ code });
    expect(files.size).toBe(0);
  });
});

function bigger(): Record<string, unknown> {
  const added = tokenizer['added_tokens'] as object[];
  return { ...tokenizer, added_tokens: [...added, { ...added[0]!, id: 400, content: '<more>' }] };
}

it('interleaveRotary puts the two halves of each head side by side', () => {
  const rows = Float32Array.from({ length: 2 * 4 * 3 }, (_, i) => i);
  const [a, b, c, d] = [0, 3, 6, 9].map((start) => [start, start + 1, start + 2]);
  const second = [a, c, b, d].flat().map((value) => value! + 12);
  expect([...interleaveRotary(rows, { heads: 2, width: 3 })]).toEqual([...[a, c, b, d].flat(), ...second]);
});

it('lists parameters that all have names of llama.cpp', async () => {
  const { file } = await exportTiny({ model_type: 'qwen3', head_dim: 4, attention_bias: true });
  const model = tinyModel(createReferenceBackend(), {
    model_type: 'qwen3',
    head_dim: 4,
    attention_bias: true,
  });
  expect(file.names).toHaveLength(parameterSpecs(model.config).length);
  for (const name of file.names) expect(name).not.toContain('undefined');
  const value: GgufValue | undefined = file.metadata.get('qwen3.block_count');
  expect(value).toEqual({ type: 'u32', value: 2 });
});
