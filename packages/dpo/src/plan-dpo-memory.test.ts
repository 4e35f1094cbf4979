import type { Backend } from '@bezoar/backend';
import { createRng } from '@bezoar/core';
import { createLoraAdapter, initModel, parseModelConfig, withAdapter, type CausalLM } from '@bezoar/model';
import { plannedSequence } from '@bezoar/qlora';
import { listDryRuns } from '@bezoar/test-backends';
import { describe, expect, it } from 'vitest';
import { planDpoMemory, type PlanDpoOptions } from './plan-dpo-memory.ts';
import { createReference } from './reference.ts';
import { trainDpo } from './train-dpo.ts';
import { trainKto } from './train-kto.ts';

const config = parseModelConfig({
  model_type: 'llama',
  vocab_size: 50,
  hidden_size: 32,
  intermediate_size: 48,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  max_position_embeddings: 64,
});
const adapter = {
  r: 4,
  loraAlpha: 8,
  loraDropout: 0,
  targetModules: ['q_proj', 'up_proj'],
  useRslora: false,
};
const [length, promptLength, batchSize] = [20, 8, 2];

type Kind = Pick<PlanDpoOptions, 'loss' | 'reference' | 'gradientCheckpointing'>;

const cases: Kind[] = [
  {},
  { reference: 'model' },
  { loss: 'simpo', gradientCheckpointing: true },
  { loss: 'kto' },
];

function freshModel(backend: Backend, seed: number): CausalLM {
  return initModel({ config, backend, rng: createRng(seed) });
}

async function measure(
  backend: Backend,
  { loss, reference: kind, gradientCheckpointing = false }: Kind,
): Promise<number> {
  const base = freshModel(backend, 1);
  const model = withAdapter(base, createLoraAdapter({ model: base, config: adapter, rng: createRng(2) }));
  const reference = kind === 'model' ? { reference: createReference(freshModel(backend, 3), 'other') } : {};
  const side = plannedSequence(length, promptLength);
  const settings = { batchSize, gradientAccumulation: 2, epochs: 1, gradientCheckpointing };
  const ids = Array.from({ length: 2 * batchSize }, (_, id) => id);
  const rows = ids.map((id) => ({ id: String(id), label: id % 2 === 0, side, mismatched: side }));
  const pairs = ids.map((id) => ({ id: String(id), chosen: side, rejected: side }));
  // Held-out rows and what is behind them go through in passes like those of training.
  const heldOut = { rows: rows.slice(1), pairs: pairs.slice(1) };
  const training =
    loss === 'kto'
      ? trainKto({ model, rows, config: settings, evaluation: { rows: heldOut.rows }, ...reference })
      : trainDpo({
          model,
          pairs,
          evaluation: { pairs: heldOut.pairs },
          config: { ...settings, ...(loss === undefined ? {} : { loss }) },
          ...reference,
        });
  while ((await training.next()).done !== true);
  const { busiest } = backend.memory();
  await backend.dispose();
  return busiest;
}

describe.each(await listDryRuns())('on $name', ({ create, open }) => {
  it.each(cases)('is planned to the byte: %j', async (kind) => {
    const options = {
      config,
      weights: 'f32',
      dtype: 'F32',
      adapter,
      length,
      promptLength,
      batchSize,
    } as const;
    const plan = await planDpoMemory({ ...options, ...kind, open });
    expect(plan.training).toBe(await measure(await create(), kind));
    expect(plan.kinds.reference).toBe(kind.reference === 'model' ? plan.kinds.weights : 0);
  });

  it('takes less when the reference was computed before', async () => {
    const options = {
      config,
      weights: 'f32',
      dtype: 'F32',
      adapter,
      length,
      promptLength,
      batchSize,
      open,
    } as const;
    const before = await planDpoMemory({ ...options, reference: 'precomputed' });
    const beside = await planDpoMemory({ ...options, reference: 'model' });
    expect(before.kinds.reference).toBe(0);
    expect(before.kinds.weights).toBe(beside.kinds.reference);
  });
});
