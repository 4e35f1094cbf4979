import { describe, expect, it } from 'vitest';
import { collectTraining, stepLosses, withoutDropout } from '../__fixtures__/collect-training.ts';
import { tinyTraining } from '../__fixtures__/tiny-training.ts';
import type { RunEvent } from '@bezoar/core';

const config = { learningRate: 1e-9, warmupSteps: 0, maxSteps: 3, batchSize: 6, gradientAccumulation: 1 };

async function train(neftuneNoiseAlpha?: number): Promise<RunEvent[]> {
  const { model, examples } = tinyTraining();
  const { events } = await collectTraining({
    model: withoutDropout(model),
    examples,
    evaluation: { examples },
    config: { ...config, neftuneNoiseAlpha },
  });
  return events;
}

const evaluation = (events: readonly RunEvent[]): number =>
  events.flatMap((event) => (event.type === 'evaluation' ? [event.metrics['eval_loss']!] : []))[0]!;

describe('NEFTune', () => {
  it('disturbs every training pass in another way, and no evaluation', async () => {
    const [plain, noisy] = [await train(), await train(5)];
    // Nearly nothing is learnt: without noise the same batch has the same loss in every step.
    const spread = (losses: readonly number[]): number => Math.max(...losses) - Math.min(...losses);
    expect(spread(stepLosses(plain))).toBeLessThan(1e-5);
    expect(spread(stepLosses(noisy))).toBeGreaterThan(1e-3);
    expect(evaluation(noisy)).toBe(evaluation(plain));
  });

  it('is off at an alpha of 0', async () => {
    expect(stepLosses(await train(0))).toEqual(stepLosses(await train()));
  });
});
