import { createReferenceBackend, type Backend } from '@bezoar/backend';
import { trainSft } from '@bezoar/qlora';
import { listTestBackends } from '@bezoar/test-backends';
import { describe, expect, it } from 'vitest';
import { adapterValues, collectTraining, tinyPreferences } from './__fixtures__/tiny-preferences.ts';
import { trainDpo } from './train-dpo.ts';

const config = {
  learningRate: 0.02,
  schedule: 'constant',
  warmupRatio: 0,
  epochs: 2,
  batchSize: 2,
  gradientAccumulation: 1,
} as const;

/** SFT on the good answers, then DPO on the pairs: the losses of all steps and the adapter at the end. */
async function trainBoth(backend: Backend): Promise<{ losses: number[]; adapter: number[] }> {
  const { model, pairs } = tinyPreferences({ backend });
  const examples = pairs.map(({ chosen }) => chosen);
  const sft = await collectTraining((signal) => trainSft({ model, examples, config, signal }));
  const dpo = await collectTraining((signal) => trainDpo({ model, pairs, config, signal }));
  const events = [...sft.events, ...dpo.events].filter((event) => event.type === 'train-step');
  const adapter = await adapterValues(model);
  await backend.dispose();
  return { losses: events.map(({ loss }) => loss), adapter };
}

describe('SFT, then DPO', async () => {
  const expected = await trainBoth(createReferenceBackend());

  it.each(await listTestBackends())('learn on $name what they learn on the reference', async ({ create }) => {
    const { losses, adapter } = await trainBoth(await create());
    expect(losses.length).toBe(12);
    for (const [step, loss] of losses.entries())
      expect(Math.abs(loss / expected.losses[step]! - 1)).toBeLessThan(1e-3);
    const greatest = Math.max(...expected.adapter.map(Math.abs));
    for (const [index, value] of adapter.entries())
      expect(Math.abs(value - expected.adapter[index]!)).toBeLessThan(1e-3 * greatest);
  });
});
