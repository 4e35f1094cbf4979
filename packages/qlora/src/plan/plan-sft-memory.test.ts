import { createReferenceBackend, type Backend } from '@bezoar/backend';
import { createRng } from '@bezoar/core';
import { memoryFolder } from '@bezoar/formats';
import {
  createLoraAdapter,
  initModel,
  loadModel,
  parseModelConfig,
  saveModel,
  withAdapter,
  type WeightFormat,
} from '@bezoar/model';
import { listDryRuns } from '@bezoar/test-backends';
import { beforeAll, describe, expect, it } from 'vitest';
import { fullTrainable } from '../train/trainable.ts';
import { trainSft, type SftConfig } from '../train/train-sft.ts';
import { plannedSequence, planSftMemory } from './plan-sft-memory.ts';

const config = parseModelConfig({
  model_type: 'llama',
  vocab_size: 96,
  hidden_size: 64,
  intermediate_size: 96,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 64,
});
const adapter = {
  r: 4,
  loraAlpha: 8,
  loraDropout: 0.1,
  targetModules: ['q_proj', 'v_proj', 'down_proj'],
  useRslora: false,
};

interface Case {
  readonly weights: WeightFormat;
  readonly full?: boolean;
  readonly lengths: readonly number[];
  readonly settings?: Partial<SftConfig>;
}

const cases: [string, Case][] = [
  ['NF4 with double quantisation', { weights: 'nf4-dq', lengths: [24, 24] }],
  [
    'recomputed activations',
    { weights: 'nf4', lengths: [40, 16, 8], settings: { gradientCheckpointing: true } },
  ],
  ['bf16 and 8-bit moments', { weights: 'bf16', lengths: [40], settings: { optimizer: 'adamw-8bit' } }],
  ['noise', { weights: 'nf4-dq', lengths: [16, 16, 16], settings: { neftuneNoiseAlpha: 5 } }],
  ['every weight', { weights: 'f32', full: true, lengths: [32, 32] }],
];

describe.each(await listDryRuns())('on $name', ({ create, open }) => {
  const files = new Map<string, Uint8Array>();
  beforeAll(async () => {
    const model = initModel({ config, backend: createReferenceBackend(), rng: createRng(1) });
    await saveModel({ model, sink: memoryFolder(files) });
  });

  /** What a real training of such a case took. */
  async function measure({
    weights,
    full = false,
    lengths,
    settings,
  }: Case): Promise<ReturnType<Backend['memory']>> {
    const backend = await create();
    const base = await loadModel({ folder: memoryFolder(files), backend, weights });
    const model = full
      ? base
      : withAdapter(base, createLoraAdapter({ model: base, config: adapter, rng: createRng(2) }));
    const training = trainSft({
      model,
      ...(full ? { trainable: fullTrainable(model) } : {}),
      examples: lengths.map((length) => plannedSequence(length)),
      config: { batchSize: lengths.length, gradientAccumulation: 1, ...settings },
      // One more than goes into a pass.
      evaluation: { examples: [...lengths, Math.max(...lengths)].map((length) => plannedSequence(length)) },
    });
    while ((await training.next()).done !== true);
    const memory = backend.memory();
    await backend.dispose();
    return memory;
  }

  it('needs no more for rows of many lengths, whose gradients are accumulated', async () => {
    const own = { weights: 'nf4-dq', lengths: [32] } as const;
    const settings = { batchSize: 1, gradientAccumulation: 4 };
    const truth = await measure({ ...own, lengths: [31, 32, 20, 19], settings });
    const plan = await planSftMemory({ config, dtype: 'F32', adapter, open, ...own });
    expect(truth.busiest).toBeLessThanOrEqual(Math.max(plan.training, plan.loading));
    expect(truth.busiest).toBeGreaterThan(0.9 * plan.training);
    expect(Math.abs(truth.held - plan.held)).toBeLessThan(1024);
  }, 60_000);

  it.each(cases)(
    'is planned to the byte: %s',
    async (_, each) => {
      const { weights, full = false, lengths, settings = {} } = each;
      const truth = await measure(each);
      const plan = await planSftMemory({
        config,
        weights,
        dtype: 'F32',
        ...(full ? {} : { adapter }),
        optimizer: settings.optimizer,
        lengths,
        training: settings,
        open,
      });
      expect(Math.max(plan.training, plan.loading)).toBe(truth.busiest);
      // But for a few words of the CPU's pool.
      expect(Math.abs(plan.held - truth.held)).toBeLessThan(1024);
      const { weights: base, adapters, gradients, optimizer } = plan.kinds;
      if (full) expect(gradients).toBe(base - 2 * 64 * 8 * 4);
      else expect(gradients).toBe(adapters);
      if (settings.optimizer === undefined) expect(optimizer).toBe(2 * gradients + 4);
      const sum = Object.values(plan.kinds).reduce((total, bytes) => total + bytes, 0);
      expect(sum).toBe(plan.training);
    },
    60_000,
  );
});
