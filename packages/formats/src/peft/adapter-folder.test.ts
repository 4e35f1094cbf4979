import { describe, expect, it } from 'vitest';
import { stateDict } from '../__fixtures__/torch-archive.ts';
import { memoryFolder } from '../memory-folder.ts';
import { writeSafetensors } from '../safetensors/write-safetensors.ts';
import { readAdapterFolder, writeAdapterFolder, type AdapterFolder } from './adapter-folder.ts';

const adapter: AdapterFolder = {
  config: {
    r: 2,
    loraAlpha: 4,
    loraDropout: 0.05,
    targetModules: ['q_proj'],
    useRslora: true,
    baseModelNameOrPath: 'some/base',
  },
  modules: new Map([
    [
      'model.layers.0.self_attn.q_proj',
      {
        a: { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
        b: { shape: [1, 2], data: Float32Array.of(7, 8) },
      },
    ],
  ]),
  saved: new Map(),
};

async function written(settings: Partial<AdapterFolder['config']> = {}): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  await writeAdapterFolder(memoryFolder(files), { ...adapter, config: { ...adapter.config, ...settings } });
  return files;
}

function configOf(files: Map<string, Uint8Array>): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(files.get('adapter_config.json'))) as Record<string, unknown>;
}

function withSettings(
  files: Map<string, Uint8Array>,
  settings: Record<string, unknown>,
): Map<string, Uint8Array> {
  return files.set(
    'adapter_config.json',
    new TextEncoder().encode(JSON.stringify({ ...configOf(files), ...settings })),
  );
}

describe('PEFT adapter folders', () => {
  it('round-trip', async () => {
    expect(await readAdapterFolder(memoryFolder(await written()))).toEqual(adapter);
  });

  it('round-trip modules that were trained in full, and say which setting is missing', async () => {
    const saved = new Map([['lm_head.weight', { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }]]);
    const files = new Map<string, Uint8Array>();
    const whole = { ...adapter, config: { ...adapter.config, modulesToSave: ['lm_head'] }, saved };
    await writeAdapterFolder(memoryFolder(files), whole);
    expect(await readAdapterFolder(memoryFolder(files))).toEqual(whole);
    await expect(
      readAdapterFolder(memoryFolder(withSettings(files, { modules_to_save: null }))),
    ).rejects.toMatchObject({ code: 'UNSUPPORTED', message: expect.stringContaining('lm_head') as string });
  });

  it("round-trip DoRA's magnitudes, however PEFT ends their names", async () => {
    const [name, module] = [...adapter.modules][0]!;
    const magnitude = { shape: [1], data: Float32Array.of(0.5) };
    const dora = {
      ...adapter,
      config: { ...adapter.config, useDora: true },
      modules: new Map([[name, { ...module, magnitude }]]),
    };
    const files = new Map<string, Uint8Array>();
    await writeAdapterFolder(memoryFolder(files), dora);
    expect(configOf(files)).toMatchObject({ use_dora: true });
    expect(await readAdapterFolder(memoryFolder(files))).toEqual(dora);

    for (const ending of ['', '.weight', '.default', '.default.weight']) {
      const folder = memoryFolder(files);
      const tensors = Object.entries({
        'lora_A.weight': module.a,
        'lora_B.weight': module.b,
        [`lora_magnitude_vector${ending}`]: magnitude,
      }).map(([part, { shape, data }]) => ({
        name: `base_model.model.${name}.${part}`,
        dtype: 'F32' as const,
        shape,
        data: () => new Uint8Array(data.buffer),
      }));
      await writeSafetensors(folder, 'adapter_model.safetensors', { tensors });
      expect(await readAdapterFolder(folder), ending).toEqual(dora);
    }
    await expect(
      readAdapterFolder(memoryFolder(withSettings(await written(), { use_dora: true }))),
    ).rejects.toMatchObject({
      code: 'BAD_FILE',
      message: expect.stringContaining('no magnitudes') as string,
    });
  });

  it('keep every setting that selects modules', async () => {
    const settings = {
      targetModules: ['q_proj', 'model.layers.1.mlp.up_proj'],
      excludeModules: ['model.layers.0.self_attn.v_proj'],
      layersToTransform: [0, 2],
      layersPattern: ['layers'],
      rankPattern: { 'layers.2.self_attn.q_proj': 8 },
      alphaPattern: { 'layers.0.*': 3.5 },
    };
    const { config } = await readAdapterFolder(memoryFolder(await written(settings)));
    expect(config).toEqual({ ...adapter.config, ...settings });
  });

  it('have only keys that PEFT knew in 2023, sorted, and those that are in use', async () => {
    const old = configOf(await written({ useRslora: false, rankPattern: {}, excludeModules: [] }));
    expect(Object.keys(old)).toEqual(Object.keys(old).toSorted());
    expect(old).toEqual({
      base_model_name_or_path: 'some/base',
      bias: 'none',
      fan_in_fan_out: false,
      inference_mode: true,
      init_lora_weights: true,
      lora_alpha: 4,
      lora_dropout: 0.05,
      modules_to_save: null,
      peft_type: 'LORA',
      r: 2,
      target_modules: ['q_proj'],
      task_type: 'CAUSAL_LM',
    });
    const used = configOf(await written({ rankPattern: { b: 3, a: 4 }, excludeModules: '.*_proj' }));
    expect(used).toEqual({
      ...old,
      use_rslora: true,
      rank_pattern: { b: 3, a: 4 },
      exclude_modules: '.*_proj',
    });
    expect(Object.keys(used)).toEqual(Object.keys(used).toSorted());
    // The first key that matches counts.
    expect(Object.keys(used['rank_pattern'] as object)).toEqual(['b', 'a']);
  });

  it.each([
    ['bias', 'all'],
    ['peft_type', 'IA3'],
    ['init_lora_weights', 'pissa_niter_4'],
    ['alora_invocation_tokens', [1, 2]],
    ['use_qalora', true],
    ['kasa_config', { beta: 1 }],
    ['use_something_new', true],
  ])('refuse %s = %j by name instead of ignoring it', async (key, value) => {
    const files = withSettings(await written(), { [key]: value });
    await expect(readAdapterFolder(memoryFolder(files))).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining(key) as string,
    });
  });

  it('load what PEFT 0.21 writes beside the settings that are applied', async () => {
    const files = withSettings(await written(), {
      alpha_pattern: {},
      arrow_config: null,
      auto_mapping: null,
      corda_config: null,
      ensure_weight_tying: false,
      eva_config: null,
      exclude_modules: null,
      layer_replication: null,
      layers_pattern: null,
      layers_to_transform: null,
      loftq_config: {},
      lora_bias: false,
      megatron_core: 'megatron.core',
      peft_version: '0.21.0',
      qalora_group_size: 16,
      rank_pattern: {},
      revision: null,
      target_parameters: null,
      trainable_token_indices: null,
      use_bdlora: null,
      use_dora: false,
      use_qalora: false,
      velora_config: null,
    });
    expect(await readAdapterFolder(memoryFolder(files))).toEqual(adapter);
  });

  it('take one layer, or one pattern, as PEFT does', async () => {
    const files = withSettings(await written(), { layers_to_transform: 3, layers_pattern: 'h' });
    const { config } = await readAdapterFolder(memoryFolder(files));
    expect(config).toMatchObject({ layersToTransform: [3], layersPattern: ['h'] });
  });

  it('check the rank of each matrix by its pattern', async () => {
    const files = await written({ rankPattern: { 'layers.0.*': 5 } });
    await expect(readAdapterFolder(memoryFolder(files))).rejects.toMatchObject({
      code: 'BAD_FILE',
      message: expect.stringContaining('its r is 5') as string,
    });
  });

  it('refuse matrices that do not have the rank of the settings', async () => {
    const files = await written();
    const text = new TextDecoder().decode(files.get('adapter_config.json'));
    files.set('adapter_config.json', new TextEncoder().encode(text.replace('"r": 2', '"r": 3')));
    await expect(readAdapterFolder(memoryFolder(files))).rejects.toMatchObject({
      code: 'BAD_FILE',
      message: expect.stringContaining('q_proj has matrices of [2, 3] and [1, 2]; its r is 3') as string,
    });
  });

  it.each([
    ['base_model.model.x.lora_A.weight', 'BAD_FILE', /x has only one of its two matrices/],
    ['base_model.model.x.lora_magnitude_vector', 'UNSUPPORTED', /lora_magnitude_vector belongs to nothing/],
  ])('refuse a file with only %s', async (name, code, message) => {
    const folder = memoryFolder(await written());
    const data = (): Uint8Array => new Uint8Array(8);
    await writeSafetensors(folder, 'adapter_model.safetensors', {
      tensors: [{ name, dtype: 'F32', shape: [2, 1], data }],
    });
    await expect(readAdapterFolder(folder)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
  });

  it('read adapters stored as .bin, and say so where there are no weights at all', async () => {
    const files = await written();
    const [name, { a, b }] = [...adapter.modules][0]!;
    const [tensorA, tensorB] = ['A', 'B'].map((part) => `base_model.model.${name}.lora_${part}.weight`);
    files.delete('adapter_model.safetensors');
    await expect(readAdapterFolder(memoryFolder(files))).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('adapter_model.bin') as string,
    });
    files.set('adapter_model.bin', stateDict({ [tensorA!]: a, [tensorB!]: b }));
    expect(await readAdapterFolder(memoryFolder(files))).toEqual(adapter);
  });

  it('ignore keys that are unknown, and keep a pattern', async () => {
    const files = withSettings(await written(), { from_the_future: 1, target_modules: '.*q_proj' });
    expect((await readAdapterFolder(memoryFolder(files))).config.targetModules).toEqual('.*q_proj');
  });
});
