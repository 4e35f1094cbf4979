import { memoryFolder } from '@bezoar/formats';
import { describe, expect, it } from 'vitest';
import {
  adapterValues,
  collectTraining,
  stepLosses,
  withoutDropout,
} from '../__fixtures__/collect-training.ts';
import { tinyTraining } from '../__fixtures__/tiny-training.ts';
import type { SftConfig } from './train-sft.ts';

const config = { learningRate: 0.05, warmupSteps: 0, epochs: 3, seed: 5 };

async function train(settings: Partial<SftConfig>): Promise<{ losses: number[]; values: number[] }> {
  const { model, examples } = tinyTraining();
  const plain = withoutDropout(model);
  const { events } = await collectTraining({ model: plain, examples, config: { ...config, ...settings } });
  return { losses: stepLosses(events), values: await adapterValues(plain) };
}

function largestDifference(a: readonly number[], b: readonly number[]): number {
  expect(a).toHaveLength(b.length);
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);
}

describe('packing', () => {
  it('changes no loss and no update: examples of a pack do not see each other', async () => {
    const whole = { packing: true, packLength: 20, batchSize: 100, gradientAccumulation: 1 };
    const packed = await train(whole);
    const alone = await train({ batchSize: 1, gradientAccumulation: 6 });
    expect(packed.losses).toHaveLength(3);
    expect(largestDifference(packed.losses, alone.losses)).toBeLessThan(1e-6);
    expect(largestDifference(packed.values, alone.values)).toBeLessThan(1e-6);
  });

  it('takes fewer and fuller passes, and says so', async () => {
    const { model, examples } = tinyTraining();
    const settings = { ...config, packing: true, packLength: 20, batchSize: 1, gradientAccumulation: 1 };
    const { events } = await collectTraining({ model, examples, config: settings });
    const tokens = examples.reduce((sum, example) => sum + example.tokens.length, 0);
    const packs = Math.ceil(tokens / 20);
    expect(stepLosses(events)).toHaveLength(3 * packs);
    expect(events[0]).toEqual({
      type: 'note',
      stage: 'sft',
      message: `6 examples in ${packs} packs of 20 tokens, ${Math.round((100 * tokens) / (20 * packs))} % full`,
    });
  });

  it('resumes bit for bit', async () => {
    const settings = { ...config, packing: true, packLength: 12, batchSize: 1, gradientAccumulation: 2 };
    const whole = tinyTraining();
    const uninterrupted = await collectTraining({ ...whole, config: settings });
    const folder = memoryFolder(new Map());
    const first = await collectTraining(
      { ...tinyTraining(), config: settings, checkpoint: { folder } },
      (event) => event.type === 'train-step' && event.step === 3,
    );
    const second = tinyTraining();
    const rest = await collectTraining({ ...second, config: settings, checkpoint: { folder } });
    expect(stepLosses(first.events)).toHaveLength(3);
    expect([...stepLosses(first.events), ...stepLosses(rest.events)]).toEqual(
      stepLosses(uninterrupted.events),
    );
    expect(await adapterValues(second.model)).toEqual(await adapterValues(whole.model));
  });

  it('refuses a pack that the longest example does not fit into', async () => {
    await expect(train({ packing: true, packLength: 3 })).rejects.toMatchObject({
      code: 'BAD_CONFIG',
      message: expect.stringMatching(/packs of 3 tokens/) as string,
    });
  });
});
