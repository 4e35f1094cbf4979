/**
 * `pnpm gguf:cases FOLDER`: tiny random models as GGUF files of every type, one folder a case: `model/` (a Hugging Face folder with
 * a tokenizer), `*.gguf`, `expected.safetensors` (input_ids, logits) and `tokens.json` (texts and their ids here).
 * What check_gguf.py compares with transformers and with llama.cpp's own quantisation.
 */
import { createReferenceBackend, type Backend } from '@bezoar/backend';
import { createRng } from '@bezoar/core';
import { ggufTensorTypes, writeJson, writeSafetensors, type GgufTensorType } from '@bezoar/formats';
import { folderSink, openFolder } from '@bezoar/formats/node';
import {
  exportGguf,
  initModel,
  loadTokenizer,
  modelWeights,
  openWeights,
  parseModelConfig,
  saveModel,
  trainByteLevelBpe,
} from '@bezoar/model';
import { copyFile, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { logitsOf } from '../peft/logits-of.ts';

interface Case {
  readonly name: string;
  readonly model: Readonly<Record<string, unknown>>;
  /** A `tokenizer.model` to use; a byte-level one is learnt otherwise. */
  readonly sentencePiece?: string;
}

const texts = ['The robin is brown, isn’t it?', ' 12 robins  live\n\nin 3 gardens.', 'Größe 😀 x1234'];
const llama3 = {
  rope_type: 'llama3',
  factor: 8,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 512,
};

const cases: readonly Case[] = [
  { name: 'llama', model: {} },
  { name: 'llama-scaled-rope', model: { rope_scaling: llama3, tie_word_embeddings: true } },
  { name: 'llama-linear-rope', model: { rope_scaling: { rope_type: 'linear', factor: 4 } } },
  // transformers cannot read files whose name has "mistral" in it.
  { name: 'one-key-head', model: { model_type: 'mistral', num_key_value_heads: 1 } },
  { name: 'qwen2', model: { model_type: 'qwen2' } },
  { name: 'qwen3', model: { model_type: 'qwen3', head_dim: 128 } },
  ...sentencePieceCases(),
];

function sentencePieceCases(): Case[] {
  const folder = process.env['BEZOAR_DATA_DIR'];
  if (folder === undefined) return [];
  return [
    {
      name: 'sentencepiece',
      model: { vocab_size: 32_000 },
      sentencePiece: join(folder, 'tokenizer/llama/tokenizer.model'),
    },
  ];
}

const byteLevel = { vocabSize: 320, specialTokens: ['<unk>', '<s>', '</s>'] };

async function writeCase(
  backend: Backend,
  { name, model: overrides, sentencePiece }: Case,
  folder: string,
): Promise<void> {
  const rng = createRng(name);
  const config = parseModelConfig({
    model_type: 'llama',
    vocab_size: byteLevel.vocabSize,
    hidden_size: 64,
    intermediate_size: 96,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    max_position_embeddings: 2048,
    bos_token_id: 1,
    eos_token_id: 2,
    ...overrides,
  });
  const model = initModel({ config, backend, rng, std: 0.2 });
  const path = join(folder, 'model');
  await mkdir(path, { recursive: true });
  const sink = folderSink(path);
  await saveModel({ model, sink });
  await writeJson(sink, 'tokenizer_config.json', {
    tokenizer_class: sentencePiece === undefined ? 'PreTrainedTokenizerFast' : 'LlamaTokenizer',
    bos_token: '<s>',
    eos_token: '</s>',
    unk_token: '<unk>',
    add_bos_token: true,
  });
  if (sentencePiece === undefined)
    await writeJson(sink, 'tokenizer.json', trainByteLevelBpe({ texts, ...byteLevel }));
  else await copyFile(sentencePiece, join(path, 'tokenizer.model'));
  const weights = await openWeights(openFolder(path));
  for (const type of Object.keys(ggufTensorTypes) as GgufTensorType[])
    await exportGguf({ weights, folder: openFolder(path), sink: folderSink(folder), type, name });
  await weights.close();
  // Once more from the loaded model: the same file.
  await exportGguf({
    weights: modelWeights(model),
    folder: openFolder(path),
    sink: folderSink(folder),
    type: 'f32',
    name: 'loaded',
  });
  const tokens = Array.from({ length: 40 }, () => rng.int(config.vocabSize));
  const bytes = (view: ArrayBufferView): Uint8Array =>
    new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const logits = await logitsOf(model, tokens);
  await writeSafetensors(folderSink(folder), 'expected.safetensors', {
    tensors: [
      {
        name: 'input_ids',
        dtype: 'I32',
        shape: [1, tokens.length],
        data: () => bytes(Int32Array.from(tokens)),
      },
      {
        name: 'logits',
        dtype: 'F32',
        shape: [1, tokens.length, config.vocabSize],
        data: () => bytes(logits),
      },
    ],
  });
  const tokenizer = await loadTokenizer(openFolder(path));
  // What transformers makes of a file leaves SentencePiece's own space out in front of another one.
  const own = sentencePiece === undefined ? texts : texts.map((text) => text.trimStart());
  await writeJson(
    folderSink(folder),
    'tokens.json',
    own.map((text) => ({ text, ids: tokenizer.encode(text) })),
  );
}

const root = resolve(process.argv[2] ?? '.');
const backend = createReferenceBackend();
for (const each of cases) {
  await writeCase(backend, each, join(root, each.name));
  console.log(each.name);
}
await backend.dispose();
