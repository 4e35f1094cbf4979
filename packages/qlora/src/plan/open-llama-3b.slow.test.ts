import { listDryRuns } from '@bezoar/test-backends';
import { describe, expect, it } from 'vitest';
import { openLlama3b as model } from '../__fixtures__/open-llama-3b.ts';
import { planSftMemory } from './plan-sft-memory.ts';

const cpu = (await listDryRuns()).find(({ name }) => name === 'cpu');

describe.skipIf(cpu === undefined)('the plan of OpenLLaMA-3B (it needs the native tier)', () => {
  const recipe = {
    config: model,
    weights: 'nf4-dq',
    dtype: 'F16',
    adapter: {
      r: 16,
      loraAlpha: 16,
      loraDropout: 0.05,
      targetModules: ['q_proj', 'k_proj', 'v_proj'],
      useRslora: false,
    },
    lengths: [512],
  } as const;

  // bench/results/memory.json, measured with two threads.
  it.each([
    [true, 2_943_468_524, 3.436e9],
    [false, 5_421_652_972, 5.781e9],
  ])('is what was measured, recomputing: %s', async (gradientCheckpointing, tensors, process) => {
    const plan = await planSftMemory({
      ...recipe,
      training: { gradientCheckpointing },
      open: cpu!.open,
    });
    const { logits, scratch, backend } = plan.kinds;
    expect(plan.training - logits - scratch - backend).toBe(tensors);
    expect(plan.kinds.weights).toBe(2_482_572_256);
    const need = Math.max(plan.held, plan.heldByLoading + plan.hostCopy) + 100e6;
    expect(Math.abs(need / process - 1)).toBeLessThan(0.05);
  });
});
