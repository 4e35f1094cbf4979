import { createReferenceBackend, type Backend } from '@bezoar/backend';
import { createRng } from '@bezoar/core';
import { memoryFolder } from '@bezoar/formats';
import { describe, expect, it } from 'vitest';
import {
  gradientDisagreement,
  lossAndGradients,
  randomSequence,
} from '../__fixtures__/loss-and-gradients.ts';
import { quantisedModel, tinyModel } from '../__fixtures__/tiny-model.ts';
import { withAdapter, type CausalLM } from '../causal-lm.ts';
import { generateTokens } from '../generate/generate-tokens.ts';
import { scoreTokens } from '../generate/score-tokens.ts';
import { loadLoraAdapter, saveLoraAdapter } from './adapter-folder.ts';
import { createLoraAdapter } from './create-lora-adapter.ts';
import type { LoraConfig } from './lora-adapter.ts';
import { mergeLora } from './merge-lora.ts';
import { updateDoraNorms } from './update-dora-norms.ts';

const config: LoraConfig = {
  r: 2,
  loraAlpha: 4,
  loraDropout: 0.2,
  targetModules: ['q_proj', 'o_proj', 'up_proj', 'down_proj'],
  rankPattern: { up_proj: 3 },
  useRslora: false,
  useDora: true,
};
const sequences = [randomSequence(9, 1), randomSequence(6, 2)];
const dropout = { probability: 0.3, seed: 4 };

function fresh(base: CausalLM): CausalLM {
  return withAdapter(base, createLoraAdapter({ model: base, config, rng: createRng(1) }));
}

/** With B and the magnitudes moved away from where they begin. */
async function trained(base: CausalLM): Promise<CausalLM> {
  const model = fresh(base);
  const rng = createRng(2);
  for (const { b, dora } of model.adapter!.modules.values()) {
    base.backend.write(
      b,
      Float32Array.from({ length: b.size }, () => 0.3 * rng.normal()),
    );
    const magnitude = await base.backend.download(dora!.magnitude);
    base.backend.write(
      dora!.magnitude,
      magnitude.map((value) => value * (1 + 0.3 * rng.normal())),
    );
  }
  return model;
}

/** The norms are constants of a pass: finite differences must not move them. */
function withConstantNorms(model: CausalLM): CausalLM {
  updateDoraNorms(model);
  return { ...model, backend: { ...model.backend, doraNorms: () => undefined } };
}

describe('DoRA', () => {
  it('begins with what the base is', async () => {
    const base = quantisedModel(createReferenceBackend());
    const { loss } = await lossAndGradients(fresh(base), { sequences });
    const plain = withAdapter(
      base,
      createLoraAdapter({ model: base, config: { ...config, useDora: false }, rng: createRng(1) }),
    );
    expect(loss).toBeCloseTo((await lossAndGradients(plain, { sequences })).loss, 5);
  });

  it.each<[string, (backend: Backend) => CausalLM, object]>([
    ['a dense base', (backend) => tinyModel(backend), {}],
    ['a dense base with biases', (backend) => tinyModel(backend, { model_type: 'qwen2' }), {}],
    ['an NF4 base', (backend) => quantisedModel(backend), {}],
    ['an NF4 base, with dropout', (backend) => quantisedModel(backend), { dropout }],
    ['biases and dropout', (backend) => tinyModel(backend, { model_type: 'qwen2' }), { dropout }],
  ])('has the gradients of finite differences: %s', async (_, base, options) => {
    const model = withConstantNorms(await trained(base(createReferenceBackend())));
    expect(await gradientDisagreement(model, { sequences, ...options })).toBeUndefined();
  });

  it('computes the same with gradient checkpointing, and leaves no buffer behind', async () => {
    const model = await trained(quantisedModel(createReferenceBackend()));
    const { tensors } = model.backend.memory();
    const kept = await lossAndGradients(model, { sequences, dropout });
    expect(await lossAndGradients(model, { sequences, dropout, keep: 'layer-inputs' })).toEqual(kept);
    expect(model.backend.memory().tensors).toBe(tensors);
    model.adapter!.dispose();
    withAdapter(model, undefined).dispose();
    expect(model.backend.memory().tensors).toBe(0);
  });

  it('survives a PEFT folder with the same bits, under the names of PEFT', async () => {
    const model = await trained(quantisedModel(createReferenceBackend()));
    const files = new Map<string, Uint8Array>();
    await saveLoraAdapter({ model, adapter: model.adapter!, sink: memoryFolder(files) });
    const header = new TextDecoder().decode(files.get('adapter_model.safetensors')!.subarray(8, 20_000));
    expect(header).toContain('"base_model.model.model.layers.1.mlp.up_proj.lora_magnitude_vector":');
    expect(new TextDecoder().decode(files.get('adapter_config.json'))).toContain('"use_dora": true');
    const base = withAdapter(model, undefined);
    const loaded = withAdapter(base, await loadLoraAdapter(base, memoryFolder(files)));
    expect(await lossAndGradients(loaded, { sequences })).toEqual(
      await lossAndGradients(model, { sequences }),
    );
  });

  it('merges into weights that do what it did, in scores and in generation', async () => {
    const model = await trained(quantisedModel(createReferenceBackend()));
    const merged = await mergeLora(model);
    const requests = sequences.map(({ tokens }) => ({ tokens, from: 1 }));
    const after = await scoreTokens(merged, requests);
    for (const [index, { logProbs }] of (await scoreTokens(model, requests)).entries())
      logProbs.forEach((value, at) => expect(after[index]!.logProbs[at]).toBeCloseTo(value, 3));
    const options = { prompts: [[1, 5, 9], [3]], maxNewTokens: 12 };
    // The norms of the last pass are of no use when the adapter has changed since.
    for (const { dora } of model.adapter!.modules.values())
      model.backend.fill({ out: dora!.norms, value: 1 });
    expect(await generateTokens(model, options)).toEqual(await generateTokens(merged, options));
  });

  it('refuses magnitudes that do not fit', async () => {
    const model = await trained(tinyModel(createReferenceBackend()));
    const folder = memoryFolder(new Map());
    await saveLoraAdapter({ model, adapter: model.adapter!, sink: folder });
    const other = tinyModel(createReferenceBackend(), { intermediate_size: 28 });
    await expect(loadLoraAdapter(other, folder)).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });
});
