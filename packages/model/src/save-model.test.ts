import { createReferenceBackend, type Tensor } from '@bezoar/backend';
import { createRng } from '@bezoar/core';
import { f16ToF32, f32ToF16, memoryFolder } from '@bezoar/formats';
import { describe, expect, it } from 'vitest';
import { quantisedModel } from './__fixtures__/tiny-model.ts';
import { withAdapter, type CausalLM } from './causal-lm.ts';
import type { FloatType } from './float-type.ts';
import { loadModel } from './load-model.ts';
import { createLoraAdapter } from './lora/create-lora-adapter.ts';
import { mergeLora } from './lora/merge-lora.ts';
import { modelParameters } from './parameters.ts';
import { saveModel } from './save-model.ts';

function adapted(useDora: boolean): CausalLM {
  const base = quantisedModel(createReferenceBackend());
  const adapter = createLoraAdapter({
    model: base,
    config: {
      r: 2,
      loraAlpha: 4,
      loraDropout: 0,
      targetModules: ['q_proj', 'up_proj'],
      useRslora: false,
      useDora,
    },
    rng: createRng(1),
  });
  const rng = createRng(2);
  for (const { b } of adapter.modules.values())
    base.backend.write(
      b,
      Float32Array.from({ length: b.size }, () => 0.2 * rng.normal()),
    );
  return withAdapter(base, adapter);
}

async function values(model: CausalLM): Promise<Map<string, Float32Array>> {
  const dense = await Promise.all(
    Array.from(modelParameters(model), async ([name, weight]) => {
      const copy = model.backend.alloc('f32', weight.shape);
      model.backend.copy({ src: weight as Tensor, dst: copy });
      return [name, await model.backend.download(copy)] as const;
    }),
  );
  return new Map(dense);
}

describe('saveModel', () => {
  it.each<[FloatType, boolean]>([
    ['float32', false],
    ['float32', true],
    ['bfloat16', false],
    ['float16', true],
  ])('folds an adapter in as mergeLora does: %s, DoRA %s', async (dtype, useDora) => {
    const model = adapted(useDora);
    const sink = memoryFolder(new Map());
    const { tensors } = model.backend.memory();
    await saveModel({ model, sink, dtype });
    expect(model.backend.memory().tensors).toBe(tensors);
    const loaded = await loadModel({ folder: sink, backend: model.backend });
    expect(await values(loaded)).toEqual(await values(await mergeLora(model, { dtype })));
  });

  it('rounds to the nearest half', async () => {
    const model = adapted(false);
    const exact = await values(await mergeLora(model));
    for (const [name, half] of await values(await mergeLora(model, { dtype: 'float16' })))
      expect(half).toEqual(f16ToF32(f32ToF16(exact.get(name)!)));
  });
});
