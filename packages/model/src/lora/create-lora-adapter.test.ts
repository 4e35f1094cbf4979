import { createReferenceBackend } from '@bezoar/backend';
import { createRng } from '@bezoar/core';
import { memoryFolder } from '@bezoar/formats';
import { describe, expect, it } from 'vitest';
import { tinyModel } from '../__fixtures__/tiny-model.ts';
import { loadLoraAdapter, saveLoraAdapter } from './adapter-folder.ts';
import { createLoraAdapter } from './create-lora-adapter.ts';
import type { LoraAdapter, LoraConfig } from './lora-adapter.ts';

const plain: LoraConfig = { r: 2, loraAlpha: 4, loraDropout: 0, targetModules: ['q_proj'], useRslora: false };
const model = tinyModel(createReferenceBackend());

function create(settings: Partial<LoraConfig>): LoraAdapter {
  return createLoraAdapter({ model, config: { ...plain, ...settings }, rng: createRng(1) });
}

const modulesOf = ({ modules }: LoraAdapter): [string, number, number][] =>
  [...modules].map(([name, { a, scale }]) => [
    name.replace(/^model\.layers\.|self_attn\.|mlp\.|_proj/g, ''),
    a.shape[0]!,
    scale,
  ]);

describe('createLoraAdapter', () => {
  it('adapts every linear layer but the head with all-linear, and lists what that stands for', () => {
    const { config, modules } = create({ targetModules: 'all-linear' });
    expect(modules.size).toBe(14);
    expect(config.targetModules).toEqual([
      'q_proj',
      'k_proj',
      'v_proj',
      'o_proj',
      'gate_proj',
      'up_proj',
      'down_proj',
    ]);
  });

  it('gives each module its own rank and scale', () => {
    const adapter = create({
      targetModules: ['q_proj', 'up_proj'],
      layersToTransform: [1],
      rankPattern: { up_proj: 1 },
      alphaPattern: { 'layers.1.self_attn.q_proj': 6 },
    });
    expect(modulesOf(adapter)).toEqual([
      ['1.q', 2, 3],
      ['1.up', 1, 4],
    ]);
  });

  it('survives a PEFT folder with all settings', async () => {
    const adapter = create({
      targetModules: '.*layers\\.[01]\\.(self_attn|mlp)\\.(q|v|up)_proj',
      excludeModules: ['layers.1.self_attn.q_proj'],
      rankPattern: { '0.self_attn.q_proj': 3 },
      alphaPattern: { v_proj: 5 },
      useRslora: true,
    });
    expect(modulesOf(adapter).map(([name]) => name)).toEqual(['0.q', '0.v', '0.up', '1.v', '1.up']);
    const folder = memoryFolder(new Map());
    await saveLoraAdapter({ model, adapter, sink: folder });
    const loaded = await loadLoraAdapter(model, folder);
    expect(loaded.config).toEqual(adapter.config);
    expect(modulesOf(loaded)).toEqual(modulesOf(adapter));
    for (const [name, { a }] of adapter.modules)
      expect(await model.backend.download(loaded.modules.get(name)!.a)).toEqual(
        await model.backend.download(a),
      );
  });

  it.each<[string, Partial<LoraConfig>, RegExp]>([
    ['a misspelt target', { targetModules: ['q_proj', 'wq'] }, /no linear layer "wq"/],
    ['an expression that matches nothing', { targetModules: 'q_proj' }, /no linear layer "q_proj"/],
    ['the head', { targetModules: ['lm_head'] }, /selects lm_head/],
    ['norms, by an expression', { targetModules: '.*layers.*' }, /selects model\.layers\.0\.input_layernorm/],
    ['a misspelt exclusion', { excludeModules: ['wq'] }, /^exclude_modules: .*"wq"/],
    ['exclusion of everything', { excludeModules: ['q_proj'] }, /without what is excluded/],
    ['layers that are not there', { layersToTransform: [1, 2] }, /no layer 2/],
    ['layers of an expression', { targetModules: '.*q_proj', layersToTransform: [0] }, /works with a list/],
    ['a rank for nothing', { rankPattern: { v_proj: 3 } }, /^rank_pattern: .*"v_proj"/],
    [
      'an alpha behind a more general one',
      { alphaPattern: { q_proj: 3, 'layers.0.self_attn.q_proj': 4 } },
      /^alpha_pattern: .*"layers\.0/,
    ],
  ])('refuses %s and says what there is', (_, settings, message) => {
    expect(() => create(settings)).toThrow(
      expect.objectContaining({
        code: expect.stringMatching(/^(BAD_CONFIG|UNSUPPORTED)$/) as string,
        message: expect.stringMatching(message) as string,
        advice: expect.stringMatching(/q_proj|all-linear|layers 0 to 1/) as string,
      }) as Error,
    );
  });
});
