import { createReferenceBackend, type Backend, type Tensor } from '@bezoar/backend';
import { createRng } from '@bezoar/core';
import { describe, expect, it } from 'vitest';
import { randomTokens, tinyModel } from '../__fixtures__/tiny-model.ts';
import { withAdapter, type CausalLM } from '../causal-lm.ts';
import { createLoraAdapter } from '../lora/create-lora-adapter.ts';
import type { LoraDropout } from '../lora/lora-adapter.ts';
import { modelParameters } from '../parameters.ts';
import { createTokenBatch, type TokenSequence } from '../token-batch.ts';
import { createWorkspace } from '../workspace.ts';
import { backward, forward } from './forward.ts';

const allTargets = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'];

/** A model with a LoRA adapter on every layer, B not zero. */
function adapted(backend: Backend, overrides: Record<string, unknown> = {}): CausalLM {
  const base = tinyModel(backend, overrides);
  const adapter = createLoraAdapter({
    model: base,
    config: { r: 3, loraAlpha: 6, loraDropout: 0.2, targetModules: allTargets, useRslora: false },
    rng: createRng(5),
  });
  const rng = createRng(6);
  for (const { b } of adapter.modules.values())
    backend.write(
      b,
      Float32Array.from({ length: b.size }, () => 0.3 * rng.normal()),
    );
  return withAdapter(base, adapter);
}

interface LossOptions {
  readonly sequences: readonly TokenSequence[];
  readonly keep?: 'everything' | 'layer-inputs';
  readonly dropout?: LoraDropout;
}

/** Mean cross-entropy with its gradients by adapter layer. */
async function lossAndGradients(
  model: CausalLM,
  { sequences, keep = 'everything', dropout }: LossOptions,
): Promise<{ loss: number; gradients: Map<string, Float32Array> }> {
  const { backend } = model;
  const workspace = createWorkspace(backend);
  const batch = createTokenBatch({ backend, sequences, vocabSize: 40, maxPositions: 64 });
  const adapter = new Map(
    [...model.adapter!.modules.values()].map(({ name, a, b }) => [
      name,
      { a: backend.alloc('f32', a.shape), b: backend.alloc('f32', b.shape) },
    ]),
  );
  const pass = forward({ model, batch, workspace, keep, dropout });
  const logProbs = workspace.take('f32', [batch.tokens]);
  const dHidden = workspace.take('f32', pass.hidden.shape);
  backend.linearCrossEntropy({
    hidden: pass.hidden,
    weight: model.lmHead,
    targets: batch.targets,
    logProbs,
    gradient: { dLogProbs: -1 / batch.targetCount, dHidden },
  });
  backward({ pass, batch, dHidden, gradients: { adapter } });
  const loss = -(await read(backend, logProbs)).reduce((sum, value) => sum + value, 0) / batch.targetCount;
  const gradients = new Map<string, Float32Array>();
  for (const [name, { a, b }] of adapter) {
    gradients.set(`${name}.a`, await read(backend, a));
    gradients.set(`${name}.b`, await read(backend, b));
  }
  workspace.release(logProbs, dHidden);
  workspace.dispose();
  batch.dispose();
  for (const { a, b } of adapter.values()) [a, b].forEach((tensor) => tensor.dispose());
  return { loss, gradients };
}

function read(backend: Backend, tensor: Tensor<'f32'>): Promise<Float32Array> {
  return backend.download(tensor);
}

const sequence = (length: number, seed: number): TokenSequence => {
  const tokens = randomTokens(length, seed);
  return { tokens, labels: tokens.map((token, index) => (index % 3 === 0 ? -100 : token)) };
};

describe('forward and backward', () => {
  it.each([
    ['llama', {}],
    ['qwen3 with head norms', { model_type: 'qwen3', head_dim: 6 }],
    ['qwen2 with biases, tied', { model_type: 'qwen2', tie_word_embeddings: true }],
    ['mistral with a window', { model_type: 'mistral', sliding_window: 4 }],
  ])('adapter gradients agree with finite differences: %s', async (_, overrides) => {
    const backend = createReferenceBackend();
    const model = adapted(backend, overrides);
    const options = { sequences: [sequence(9, 1), sequence(6, 2)] };
    const { gradients } = await lossAndGradients(model, options);
    for (const [part, index] of [
      ['a', 4],
      ['b', 7],
    ] as const) {
      for (const module of model.adapter!.modules.values()) {
        const tensor = module[part];
        const values = await read(backend, tensor);
        const original = values[index]!;
        const step = 2e-3;
        const lossAt = async (value: number): Promise<number> => {
          values[index] = value;
          backend.write(tensor, values);
          return (await lossAndGradients(model, options)).loss;
        };
        const numeric = ((await lossAt(original + step)) - (await lossAt(original - step))) / (2 * step);
        await lossAt(original);
        const analytic = gradients.get(`${module.name}.${part}`)![index]!;
        expect(
          Math.abs(analytic - numeric),
          `${module.name}.${part}: ${analytic}, numerically ${numeric}`,
        ).toBeLessThan(2e-3 + 0.03 * Math.abs(numeric));
      }
    }
  });

  it('gives packed sequences the loss and gradients that they have one by one', async () => {
    const model = adapted(createReferenceBackend());
    const sequences = [sequence(7, 1), sequence(1, 2), sequence(12, 3)];
    const packed = await lossAndGradients(model, { sequences });
    const weights = sequences.map(({ labels }) => labels!.slice(1).filter((label) => label >= 0).length);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let loss = 0;
    const gradients = new Map<string, Float32Array>();
    for (const [index, each] of sequences.entries()) {
      if (weights[index] === 0) continue;
      const single = await lossAndGradients(model, { sequences: [each] });
      loss += (single.loss * weights[index]!) / total;
      for (const [name, values] of single.gradients) {
        const sum = gradients.get(name) ?? new Float32Array(values.length);
        values.forEach((value, i) => (sum[i]! += (value * weights[index]!) / total));
        gradients.set(name, sum);
      }
    }
    expect(packed.loss).toBeCloseTo(loss, 5);
    for (const [name, values] of packed.gradients) {
      values.forEach((value, i) =>
        expect(Math.abs(value - gradients.get(name)![i]!), name).toBeLessThan(1e-5),
      );
    }
  });

  it('computes the same with gradient checkpointing, dropout included', async () => {
    const model = adapted(createReferenceBackend());
    const options = { sequences: [sequence(10, 4)], dropout: { probability: 0.2, seed: 77 } };
    const kept = await lossAndGradients(model, options);
    const again = await lossAndGradients(model, { ...options, keep: 'layer-inputs' });
    expect(again.loss).toBe(kept.loss);
    expect(again.gradients).toEqual(kept.gradients);
    const other = await lossAndGradients(model, { ...options, dropout: { probability: 0.2, seed: 78 } });
    expect(other.loss).not.toBe(kept.loss);
  });

  it('leaves no buffer behind', async () => {
    const backend = createReferenceBackend();
    const model = adapted(backend);
    const before = backend.memory();
    await lossAndGradients(model, { sequences: [sequence(8, 1)] });
    expect(backend.memory().tensors).toBe(before.tensors);
    model.adapter!.dispose();
    model.dispose();
    expect(backend.memory().tensors).toBe(0);
  });

  it('lists every parameter once', () => {
    const model = tinyModel(createReferenceBackend(), { model_type: 'qwen3', tie_word_embeddings: true });
    const parameters = modelParameters(model);
    expect(new Set(parameters.values()).size).toBe(parameters.size);
    expect([...parameters.keys()]).not.toContain('lm_head.weight');
  });
});
