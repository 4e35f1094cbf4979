import { describe, expect, it } from 'vitest';
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
};

async function written(): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  await writeAdapterFolder(memoryFolder(files), adapter);
  return files;
}

describe('PEFT adapter folders', () => {
  it('round-trip', async () => {
    expect(await readAdapterFolder(memoryFolder(await written()))).toEqual(adapter);
  });

  it('have only keys that PEFT knew in 2023, sorted, plus use_rslora when it is true', async () => {
    const config = JSON.parse(
      new TextDecoder().decode((await written()).get('adapter_config.json')),
    ) as Record<string, unknown>;
    const { use_rslora: rslora, ...old } = config;
    expect(rslora).toBe(true);
    expect(Object.keys(old)).toEqual(Object.keys(old).toSorted());
    expect(config).toMatchObject({
      peft_type: 'LORA',
      task_type: 'CAUSAL_LM',
      bias: 'none',
      r: 2,
      lora_alpha: 4,
      target_modules: ['q_proj'],
    });
  });

  it.each([
    ['use_dora', true],
    ['bias', 'all'],
    ['rank_pattern', { q_proj: 8 }],
    ['modules_to_save', ['lm_head']],
    ['peft_type', 'IA3'],
  ])('refuse %s = %j by name instead of ignoring it', async (key, value) => {
    const files = await written();
    const config = JSON.parse(new TextDecoder().decode(files.get('adapter_config.json'))) as Record<
      string,
      unknown
    >;
    files.set('adapter_config.json', new TextEncoder().encode(JSON.stringify({ ...config, [key]: value })));
    await expect(readAdapterFolder(memoryFolder(files))).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining(key) as string,
    });
  });

  it('refuse matrices that do not have the rank of the settings', async () => {
    const files = await written();
    const text = new TextDecoder().decode(files.get('adapter_config.json'));
    files.set('adapter_config.json', new TextEncoder().encode(text.replace('"r": 2', '"r": 3')));
    await expect(readAdapterFolder(memoryFolder(files))).rejects.toMatchObject({
      code: 'BAD_FILE',
      message: expect.stringContaining('q_proj has matrices of [2, 3] and [1, 2]; r is 3') as string,
    });
  });

  it.each([
    ['base_model.model.x.lora_A.weight', 'BAD_FILE', /x has only one of its two matrices/],
    ['base_model.model.x.lora_magnitude_vector', 'UNSUPPORTED', /lora_magnitude_vector is not a plain LoRA/],
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

  it('say what to do with an adapter that is stored as .bin', async () => {
    const files = await written();
    files.delete('adapter_model.safetensors');
    await expect(readAdapterFolder(memoryFolder(files))).rejects.toMatchObject({
      code: 'NOT_FOUND',
      advice: expect.stringContaining('.bin') as string,
    });
  });

  it('ignore keys that are unknown, and take the targets of a pattern from the weights', async () => {
    const files = await written();
    const config = JSON.parse(new TextDecoder().decode(files.get('adapter_config.json'))) as Record<
      string,
      unknown
    >;
    files.set(
      'adapter_config.json',
      new TextEncoder().encode(JSON.stringify({ ...config, from_the_future: 1, target_modules: '.*q_proj' })),
    );
    expect((await readAdapterFolder(memoryFolder(files))).config.targetModules).toEqual(['q_proj']);
  });
});
