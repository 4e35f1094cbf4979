/**
 * `pnpm peft:cases FOLDER`: tiny random models with adapters as this project writes them, and the logits that they have here, one
 * folder a case: `model/`, `adapter/`, `merged/`, `expected.safetensors` (input_ids, logits, and the gradients of the mean cross-entropy).
 * What check_peft.py compares with PEFT.
 */
import { createReferenceBackend, type Backend, type Tensor } from '@bezoar/backend';
import { createRng } from '@bezoar/core';
import { writeSafetensors, type TensorSource } from '@bezoar/formats';
import { folderSink } from '@bezoar/formats/node';
import {
  createLoraAdapter,
  createWorkspace,
  initModel,
  parseModelConfig,
  saveLoraAdapter,
  saveModel,
  withAdapter,
  type CausalLM,
  type LoraConfig,
} from '@bezoar/model';
import { adapterTrainable, stepGradients } from '@bezoar/qlora';
import { join, resolve } from 'node:path';
import { logitsOf } from './logits-of.ts';

interface Case {
  readonly name: string;
  readonly model?: Readonly<Record<string, unknown>>;
  readonly lora?: Partial<LoraConfig>;
}

const cases: readonly Case[] = [
  { name: 'plain' },
  {
    name: 'patterns-rslora',
    lora: {
      targetModules: 'all-linear',
      excludeModules: ['layers.0.mlp.up_proj'],
      rankPattern: { down_proj: 2, '1.self_attn.q_proj': 6 },
      alphaPattern: { 'layers.0.self_attn.*': 3 },
      useRslora: true,
    },
  },
  { name: 'expression', lora: { targetModules: '.*layers\\.1\\.(self_attn|mlp)\\.(o|gate)_proj' } },
  { name: 'layers', lora: { targetModules: ['q_proj', 'down_proj'], layersToTransform: [1] } },
  { name: 'dora', lora: { targetModules: 'all-linear', useDora: true } },
  { name: 'dora-biases', model: { model_type: 'qwen2' }, lora: { useDora: true, useRslora: true } },
  { name: 'modules-to-save', lora: { modulesToSave: ['lm_head', 'embed_tokens', 'norm'] } },
  {
    name: 'dora-modules-to-save',
    model: { model_type: 'qwen3', head_dim: 12 },
    lora: { targetModules: ['q_proj', 'up_proj'], useDora: true, modulesToSave: ['o_proj', 'lm_head'] },
  },
];

const vocabulary = 64;
const length = 12;

async function writeCase(
  backend: Backend,
  { name, model: overrides, lora }: Case,
  folder: string,
): Promise<void> {
  const rng = createRng(name);
  const config = parseModelConfig({
    model_type: 'llama',
    vocab_size: vocabulary,
    hidden_size: 32,
    intermediate_size: 48,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    max_position_embeddings: 64,
    bos_token_id: 1,
    eos_token_id: 2,
    ...overrides,
  });
  const base = initModel({ config, backend, rng, std: 0.2 });
  const adapter = createLoraAdapter({
    model: base,
    config: {
      r: 4,
      loraAlpha: 8,
      loraDropout: 0.1,
      targetModules: ['q_proj', 'k_proj', 'v_proj'],
      useRslora: false,
      ...lora,
    },
    rng,
  });
  const move = async (tensor: Tensor<'f32'>, scale: number): Promise<void> => {
    const values = await backend.download(tensor);
    backend.write(
      tensor,
      values.map((value) => value + scale * rng.normal()),
    );
  };
  for (const { b, dora } of adapter.modules.values()) {
    await move(b, 0.2);
    if (dora !== undefined) await move(dora.magnitude, 0.2);
  }
  for (const tensor of adapter.saved.values()) await move(tensor, 0.1);
  const model = withAdapter(base, adapter);
  await saveModel({ model: base, sink: folderSink(join(folder, 'model')) });
  await saveLoraAdapter({ model, adapter, sink: folderSink(join(folder, 'adapter')), baseModel: '../model' });
  await saveModel({ model, sink: folderSink(join(folder, 'merged')) });
  const tokens = Array.from({ length }, () => rng.int(vocabulary));
  const logits = await logitsOf(model, tokens);
  await writeSafetensors(folderSink(folder), 'expected.safetensors', {
    tensors: [
      tensorOf('input_ids', 'I32', { shape: [1, length], values: Int32Array.from(tokens) }),
      tensorOf('logits', 'F32', { shape: [1, length, vocabulary], values: logits }),
      ...(await gradientsOf(model, tokens)),
    ],
  });
}

function tensorOf(
  name: string,
  dtype: TensorSource['dtype'],
  { shape, values }: { readonly shape: readonly number[]; readonly values: Int32Array | Float32Array },
): TensorSource {
  return { name, dtype, shape, data: () => new Uint8Array(values.buffer as ArrayBuffer) };
}

/** Of all that the adapter trains, without dropout, by the names of a PEFT folder. */
async function gradientsOf(model: CausalLM, tokens: readonly number[]): Promise<TensorSource[]> {
  const { backend, adapter } = model;
  const still = withAdapter(model, { ...adapter!, config: { ...adapter!.config, loraDropout: 0 } });
  const trainable = adapterTrainable(still);
  const example = { tokens, labels: tokens, targetCount: tokens.length - 1 };
  await stepGradients({
    model: still,
    trainable,
    workspace: createWorkspace(backend),
    config: { gradientCheckpointing: false, seed: 0 },
    step: 0,
    micro: [[example]],
  });
  return Promise.all(
    trainable.parameters.map(async ({ name, grad: { shape }, grad }) =>
      tensorOf(`gradient ${name}`, 'F32', { shape, values: await backend.download(grad) }),
    ),
  );
}

const target = process.argv[2];
if (target === undefined) {
  console.error('Usage: pnpm peft:cases FOLDER');
  process.exitCode = 2;
} else {
  const backend = createReferenceBackend();
  for (const each of cases) await writeCase(backend, each, join(resolve(target), each.name));
  await backend.dispose();
  console.log(`${cases.length} cases in ${resolve(target)}`);
}
