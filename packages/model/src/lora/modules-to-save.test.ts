import { createReferenceBackend, type Backend, type Tensor } from '@bezoar/backend';
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
import { modelParameters } from '../parameters.ts';
import { loadLoraAdapter, saveLoraAdapter } from './adapter-folder.ts';
import { createLoraAdapter } from './create-lora-adapter.ts';
import { mergeLora } from './merge-lora.ts';

const options = { sequences: [randomSequence(9, 1), randomSequence(6, 2)] };

/** The tiny model with its linear layers in NF4, and an adapter that also trains whole modules, moved away from the base's. */
function adapted(
  backend: Backend,
  modulesToSave: readonly string[],
  overrides: Record<string, unknown> = {},
): CausalLM {
  const base = quantisedModel(backend, overrides);
  const adapter = createLoraAdapter({
    model: base,
    config: {
      r: 2,
      loraAlpha: 4,
      loraDropout: 0,
      targetModules: ['q_proj', 'o_proj', 'up_proj'],
      modulesToSave,
      useRslora: false,
    },
    rng: createRng(1),
  });
  const rng = createRng(2);
  for (const tensor of [...adapter.saved.values(), ...Array.from(adapter.modules.values(), ({ b }) => b)])
    move(backend, tensor, () => 0.2 * rng.normal());
  return withAdapter(base, adapter);
}

/** Adds drawn numbers. */
function move(backend: Backend, tensor: Tensor<'f32'>, draw: () => number): void {
  const change = backend.upload('f32', tensor.shape, Float32Array.from({ length: tensor.size }, draw));
  backend.add({ a: tensor, b: change, out: tensor });
  change.dispose();
}

describe('modules_to_save', () => {
  it('starts from the base model: a fresh adapter changes nothing', async () => {
    const base = tinyModel(createReferenceBackend());
    const config = { r: 2, loraAlpha: 4, loraDropout: 0, targetModules: ['q_proj'], useRslora: false };
    const lossWith = async (modulesToSave: readonly string[]): Promise<number> => {
      const adapter = createLoraAdapter({
        model: base,
        config: { ...config, modulesToSave },
        rng: createRng(1),
      });
      return (await lossAndGradients(withAdapter(base, adapter), options)).loss;
    };
    expect(await lossWith(['lm_head', 'norm', 'embed_tokens', 'o_proj'])).toBe(await lossWith([]));
  });

  it.each([
    ['the output layer and the embeddings', ['lm_head', 'embed_tokens'], {}],
    ['every norm', ['norm'], { model_type: 'qwen3', head_dim: 6 }],
    [
      'linear layers of an NF4 base, with biases',
      ['o_proj', 'layers.0.mlp.up_proj', 'k_proj'],
      { model_type: 'qwen2' },
    ],
  ])('trains %s with the gradients of finite differences', async (_, modulesToSave, overrides) => {
    const model = adapted(createReferenceBackend(), modulesToSave, overrides);
    expect(model.adapter!.saved.size).toBeGreaterThan(1);
    expect(await gradientDisagreement(model, options)).toBeUndefined();
  });

  it('leaves the base as it is, and gives it back', () => {
    const backend = createReferenceBackend();
    const model = adapted(backend, ['lm_head', 'o_proj']);
    const base = withAdapter(model, undefined);
    expect(base.adapter).toBeUndefined();
    expect(base.lmHead).not.toBe(model.lmHead);
    expect(base.layers[0]!.o.weight.kind).toBe('nf4');
    expect(model.layers[0]!.o.weight).toBe(
      model.adapter!.saved.get('model.layers.0.self_attn.o_proj.weight'),
    );
    expect(model.layers[0]!.q.weight).toBe(base.layers[0]!.q.weight);
    // Another adapter stands beside the base, not beside the first one.
    const plain = createLoraAdapter({
      model,
      config: { r: 2, loraAlpha: 4, loraDropout: 0, targetModules: ['q_proj'], useRslora: false },
      rng: createRng(1),
    });
    expect(withAdapter(model, plain).lmHead).toBe(base.lmHead);
  });

  it('survives a PEFT folder with the same bits', async () => {
    const backend = createReferenceBackend();
    const model = adapted(backend, ['lm_head', 'norm', 'o_proj']);
    const folder = memoryFolder(new Map());
    await saveLoraAdapter({ model, adapter: model.adapter!, sink: folder });
    const base = withAdapter(model, undefined);
    const loaded = withAdapter(base, await loadLoraAdapter(base, folder));
    expect([...loaded.adapter!.saved.keys()]).toEqual([...model.adapter!.saved.keys()]);
    expect((await lossAndGradients(loaded, options)).loss).toBe(
      (await lossAndGradients(model, options)).loss,
    );
  });

  it('goes into a merge', async () => {
    const backend = createReferenceBackend();
    const model = adapted(backend, ['lm_head', 'o_proj']);
    const merged = await mergeLora(model);
    const none = createLoraAdapter({
      model: merged,
      config: { r: 1, loraAlpha: 1, loraDropout: 0, targetModules: ['q_proj'], useRslora: false },
      rng: createRng(1),
    });
    const after = await lossAndGradients(withAdapter(merged, none), options);
    expect(after.loss).toBeCloseTo((await lossAndGradients(model, options)).loss, 5);
    const head = modelParameters(merged).get('lm_head.weight') as Tensor;
    expect(head).not.toBe(model.lmHead);
    expect(await backend.download(head)).toEqual(await backend.download(model.lmHead as Tensor));
  });

  it.each([
    { what: 'tied embeddings', module: 'embed_tokens', tied: true, code: 'UNSUPPORTED' },
    { what: 'an output layer that is tied', module: 'lm_head', tied: true, code: 'UNSUPPORTED' },
    { what: 'what is not there', module: 'score', tied: false, code: 'BAD_CONFIG' },
  ])('refuses $what', ({ module, tied, code }) => {
    expect(() => adapted(createReferenceBackend(), [module], { tie_word_embeddings: tied })).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(module) as string }) as Error,
    );
  });

  it('takes norms beside tied embeddings', () => {
    const model = adapted(createReferenceBackend(), ['norm'], { tie_word_embeddings: true });
    expect(model.adapter!.saved.size).toBe(5);
    expect(model.lmHead).toBe(model.embedding);
  });
});
