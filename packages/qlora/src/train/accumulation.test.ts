import type { Backend } from '@bezoar/backend';
import { createRng } from '@bezoar/core';
import {
  createLoraAdapter,
  createWorkspace,
  initModel,
  parseModelConfig,
  withAdapter,
  type CausalLM,
} from '@bezoar/model';
import { listTestBackends } from '@bezoar/test-backends';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EncodedExample } from '../data/encode-example.ts';
import { stepGradients } from './train-sft.ts';
import { adapterTrainable, fullTrainable, type Trainable } from './trainable.ts';

const seed = Math.floor(Math.random() * 2 ** 32);

function randomModel(backend: Backend, modelType: string): CausalLM {
  const config = parseModelConfig({
    model_type: modelType,
    vocab_size: 70,
    hidden_size: 24,
    intermediate_size: 300,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    max_position_embeddings: 64,
    tie_word_embeddings: false,
  });
  return initModel({ config, backend, rng: createRng(`model ${seed}`), std: 0.3 });
}

function adapted(model: CausalLM, useDora = false): CausalLM {
  const config = {
    r: 3,
    loraAlpha: 5,
    loraDropout: 0,
    targetModules: ['q_proj', 'o_proj', 'down_proj'],
    useRslora: false,
    useDora,
  };
  const rng = createRng(`adapter ${seed}`);
  const adapter = createLoraAdapter({ model, config, rng });
  for (const { b } of adapter.modules.values())
    model.backend.write(
      b,
      Float32Array.from({ length: b.size }, () => rng.normal()),
    );
  return withAdapter(model, adapter);
}

/** More than eight tokens each, and few targets in some. */
function randomExamples(): EncodedExample[] {
  const rng = createRng(`examples ${seed}`);
  return [2, 9, 1, 12].map((targetCount) => {
    const tokens = Array.from({ length: targetCount + 8 + rng.int(9) }, () => rng.int(70));
    const labels = tokens.map((token, at) => (at < tokens.length - targetCount ? -100 : token));
    return { tokens, labels, targetCount };
  });
}

async function gradientsOf(
  model: CausalLM,
  trainable: Trainable,
  micro: readonly (readonly EncodedExample[])[],
): Promise<{ loss: number; gradients: ReadonlyMap<string, Float32Array> }> {
  const workspace = createWorkspace(model.backend);
  const config = { gradientCheckpointing: false, seed: 0 };
  trainable.zeroGradients();
  const { loss } = await stepGradients({ model, trainable, workspace, config, step: 0, micro });
  const gradients = new Map<string, Float32Array>();
  for (const { name, grad } of trainable.parameters) gradients.set(name, await model.backend.download(grad));
  workspace.dispose();
  return { loss, gradients };
}

const variants = [
  ['an adapter', 'llama', (model: CausalLM) => adapted(model), adapterTrainable],
  ['an adapter with DoRA', 'llama', (model: CausalLM) => adapted(model, true), adapterTrainable],
  ['all weights, with biases', 'qwen2', (model: CausalLM) => model, fullTrainable],
  ['all weights, with head norms', 'qwen3', (model: CausalLM) => model, fullTrainable],
] as const;

describe.each(await listTestBackends())(`accumulation on $name (seed ${seed})`, ({ name, create }) => {
  let backend: Backend;
  beforeAll(async () => void (backend = await create()));
  afterAll(() => backend.dispose());

  it.each(variants)('four micro-batches of one are one of four, bit for bit: %s', async (...variant) => {
    const [, modelType, prepare, learn] = variant;
    const model = prepare(randomModel(backend, modelType));
    const trainable = learn(model);
    const examples = randomExamples();
    const together = await gradientsOf(model, trainable, [examples]);
    const oneByOne = await gradientsOf(
      model,
      trainable,
      examples.map((example) => [example]),
    );
    // The CPU promises it. The reference rounds a sum over tokens in f64 once a call.
    const exact = name.startsWith('cpu ');
    expect(exact ? oneByOne.loss : Math.abs(oneByOne.loss - together.loss) < 1e-6).toEqual(
      exact ? together.loss : true,
    );
    for (const [parameter, values] of together.gradients) {
      const others = oneByOne.gradients.get(parameter)!;
      const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(largest, parameter).toBeGreaterThan(0);
      const difference = values.reduce((most, value, i) => Math.max(most, Math.abs(value - others[i]!)), 0);
      expect(difference / largest, parameter).toBeLessThanOrEqual(exact ? 0 : 1e-5);
    }
  });
});
