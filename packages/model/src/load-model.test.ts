import { createReferenceBackend } from '@bezoar/backend';
import { memoryFolder } from '@bezoar/formats';
import { describe, expect, it } from 'vitest';
import { randomTokens, tinyModel } from './__fixtures__/tiny-model.ts';
import { scoreTokens } from './generate/score-tokens.ts';
import { loadModel, type WeightFormat } from './load-model.ts';
import { modelParameters } from './parameters.ts';
import { saveModel } from './save-model.ts';

async function savedModel(dtype: 'float32' | 'bfloat16'): Promise<ReturnType<typeof memoryFolder>> {
  const folder = memoryFolder(new Map());
  await saveModel({ model: tinyModel(createReferenceBackend()), sink: folder, dtype, maxShardBytes: 4000 });
  return folder;
}

async function logProbs(
  folder: ReturnType<typeof memoryFolder>,
  weights: WeightFormat,
): Promise<{ values: number[]; bytes: number; kinds: string[] }> {
  const backend = createReferenceBackend();
  const model = await loadModel({ folder, backend, weights });
  const bytes = backend.memory().live;
  const kinds = [...modelParameters(model)].map(
    ([name, weight]) => `${name.split('.').at(-2)!} ${weight.kind === 'nf4' ? 'nf4' : weight.dtype}`,
  );
  const [result] = await scoreTokens(model, [{ tokens: randomTokens(12, 1), from: 1 }]);
  return { values: [...result!.logProbs], bytes, kinds };
}

describe('loadModel', () => {
  it('reads back what saveModel wrote, in shards', async () => {
    const folder = await savedModel('float32');
    const direct = await scoreTokens(tinyModel(createReferenceBackend()), [
      { tokens: randomTokens(12, 1), from: 1 },
    ]);
    const { values } = await logProbs(folder, 'f32');
    expect(values).toEqual([...direct[0]!.logProbs]);
    expect((await folder.list()).filter((name) => name.endsWith('.safetensors')).length).toBeGreaterThan(1);
  });

  it('keeps embeddings and head of a bf16 checkpoint in bf16 beside an NF4 base, without loss', async () => {
    const folder = await savedModel('bfloat16');
    const { kinds } = await logProbs(folder, 'nf4-dq');
    expect(new Set(kinds.filter((kind) => /embed_tokens|lm_head/.test(kind)))).toEqual(
      new Set(['embed_tokens bf16', 'lm_head bf16']),
    );
    expect(kinds.filter((kind) => kind.endsWith('nf4'))).toHaveLength(14);
    const half = await logProbs(folder, 'bf16');
    const full = await logProbs(folder, 'f32');
    // The checkpoint is bf16, so both hold the same numbers.
    half.values.forEach((value, index) => expect(value).toBeCloseTo(full.values[index]!, 5));
    expect(half.bytes).toBeLessThan(full.bytes);
  });

  it('keeps those of an f32 checkpoint in f32', async () => {
    const { kinds } = await logProbs(await savedModel('float32'), 'nf4');
    expect(kinds).toContain('embed_tokens f32');
  });

  it.each([
    ['config.json is missing', 'config.json', undefined, 'NOT_FOUND'],
    ['config.json is no JSON', 'config.json', 'nonsense', 'BAD_FILE'],
    [
      'the model type is unknown',
      'config.json',
      '{"model_type":"mamba","vocab_size":1,"hidden_size":1,"intermediate_size":1,"num_hidden_layers":1,"num_attention_heads":1}',
      'UNSUPPORTED',
    ],
  ])('refuses a folder when %s', async (...[, name, content, code]) => {
    const files = new Map<string, Uint8Array>();
    await saveModel({ model: tinyModel(createReferenceBackend()), sink: memoryFolder(files) });
    if (content === undefined) files.delete(name);
    else files.set(name, new TextEncoder().encode(content));
    const backend = createReferenceBackend();
    await expect(loadModel({ folder: memoryFolder(files), backend })).rejects.toMatchObject({ code });
    expect(backend.memory().live).toBe(0);
  });

  it('names the tensor whose shape the config contradicts, and frees what it loaded', async () => {
    const files = new Map<string, Uint8Array>();
    await saveModel({ model: tinyModel(createReferenceBackend()), sink: memoryFolder(files) });
    const config = JSON.parse(new TextDecoder().decode(files.get('config.json'))) as Record<string, unknown>;
    files.set('config.json', new TextEncoder().encode(JSON.stringify({ ...config, vocab_size: 41 })));
    const backend = createReferenceBackend();
    await expect(loadModel({ folder: memoryFolder(files), backend })).rejects.toThrow(
      /embed_tokens\.weight has shape \[40, 16\], config\.json asks for \[41, 16\]/,
    );
    expect(backend.memory().live).toBe(0);
  });
});
