import { createReferenceBackend, type Backend } from '@bezoar/backend';
import { createRng } from '@bezoar/core';
import { describe, expect, it } from 'vitest';
import {
  gradientDisagreement,
  lossAndGradients,
  randomSequence,
} from '../__fixtures__/loss-and-gradients.ts';
import { tinyModel } from '../__fixtures__/tiny-model.ts';
import { withAdapter, type CausalLM } from '../causal-lm.ts';
import { createLoraAdapter } from '../lora/create-lora-adapter.ts';
import { modelParameters } from '../parameters.ts';

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

describe('forward and backward', () => {
  it.each([
    ['llama', {}],
    ['qwen3 with head norms', { model_type: 'qwen3', head_dim: 6 }],
    ['qwen2 with biases, tied', { model_type: 'qwen2', tie_word_embeddings: true }],
    ['mistral with a window', { model_type: 'mistral', sliding_window: 4 }],
  ])('adapter gradients agree with finite differences: %s', async (_, overrides) => {
    const backend = createReferenceBackend();
    const model = adapted(backend, overrides);
    const options = { sequences: [randomSequence(9, 1), randomSequence(6, 2)] };
    expect(await gradientDisagreement(model, options)).toBeUndefined();
  });

  it('adapter gradients agree with finite differences under noise on the embeddings', async () => {
    const model = adapted(createReferenceBackend());
    const options = {
      sequences: [randomSequence(9, 1), randomSequence(6, 2)],
      noise: { alpha: 20, seed: 9 },
    };
    expect(await gradientDisagreement(model, options)).toBeUndefined();
    const plain = await lossAndGradients(model, { sequences: options.sequences });
    expect((await lossAndGradients(model, options)).loss).not.toBe(plain.loss);
  });

  it('gives packed sequences the loss and gradients that they have one by one', async () => {
    const model = adapted(createReferenceBackend());
    const sequences = [randomSequence(7, 1), randomSequence(1, 2), randomSequence(12, 3)];
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
    const options = {
      sequences: [randomSequence(10, 4)],
      dropout: { probability: 0.2, seed: 77 },
      noise: { alpha: 5, seed: 79 },
    };
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
    await lossAndGradients(model, { sequences: [randomSequence(8, 1)] });
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
