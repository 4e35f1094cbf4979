import { createReferenceBackend } from '@bezoar/backend';
import { createRng, type RunEvent } from '@bezoar/core';
import { memoryFolder } from '@bezoar/formats';
import { describe, expect, it } from 'vitest';
import { adapterValues, collectTraining } from '../__fixtures__/collect-training.ts';
import { tinyTraining } from '../__fixtures__/tiny-training.ts';
import { createBestModel, type BestModelConfig } from './best-model.ts';

/** Learns the training rows by heart so fast that random held-out rows get worse soon. */
const config = {
  learningRate: 0.1,
  warmupSteps: 0,
  epochs: 12,
  batchSize: 2,
  gradientAccumulation: 1,
  seed: 5,
} as const;
const stopping = { earlyStoppingPatience: 3, loadBestModelAtEnd: true };

function tiny(): Pick<Parameters<typeof collectTraining>[0], 'model' | 'examples' | 'evaluation'> {
  const { model, examples } = tinyTraining();
  const rng = createRng('held out');
  const held = Array.from({ length: 3 }, () => {
    const tokens = Array.from({ length: 6 }, () => rng.int(20));
    return { tokens, labels: tokens, targetCount: 5 };
  });
  return { model, examples, evaluation: { examples: held, every: 2 } };
}

const evaluations = (events: readonly RunEvent[]): [number, number][] =>
  events.flatMap((event) =>
    event.type === 'evaluation' ? [[event.step, event.metrics['eval_loss']!] as [number, number]] : [],
  );
const lastStep = (events: readonly RunEvent[]): number =>
  events.reduce((last, event) => (event.type === 'train-step' ? event.step : last), 0);
const notes = (events: readonly RunEvent[]): string[] =>
  events.flatMap((event) => (event.type === 'note' ? [event.message] : []));

describe('early stopping', () => {
  it('ends when patience has run out, with the parameters of the best evaluation', async () => {
    const training = tiny();
    const { events, result } = await collectTraining({ ...training, config: { ...config, ...stopping } });
    const losses = evaluations(events).slice(1, -1);
    const [best] = losses.toSorted(([, a], [, b]) => a - b)[0]!;
    const end = lastStep(events);
    expect(end).toBe(best + 2 * stopping.earlyStoppingPatience);
    expect(end).toBeLessThan(36);
    expect(result).toMatchObject({ steps: end, best: { step: best } });
    expect(notes(events)).toEqual([
      `3 evaluations without a better eval_loss: training ends at step ${end} of 36`,
      `the parameters of step ${best} are kept, whose eval_loss was best`,
    ]);
    // The last word is what the kept parameters scored.
    expect(evaluations(events).at(-1)).toEqual(losses.find(([step]) => step === best));

    const short = tiny();
    await collectTraining({ ...short, config: { ...config, maxSteps: best } });
    expect(await adapterValues(training.model)).toEqual(await adapterValues(short.model));
  });

  it('keeps the last parameters unless the best ones are asked for', async () => {
    const training = tiny();
    const { events, result } = await collectTraining({
      ...training,
      config: { ...config, earlyStoppingPatience: 3 },
    });
    expect(result).not.toHaveProperty('best');
    const short = tiny();
    await collectTraining({ ...short, config: { ...config, maxSteps: lastStep(events) } });
    expect(await adapterValues(training.model)).toEqual(await adapterValues(short.model));
  });

  it('goes on bit for bit wherever it was stopped, and does nothing more once it has ended', async () => {
    const whole = tiny();
    const settings = { ...config, ...stopping };
    const { events } = await collectTraining({ ...whole, config: settings });
    for (let at = 1; at <= lastStep(events); at++) {
      const folder = memoryFolder(new Map());
      const first = await collectTraining(
        { ...tiny(), config: settings, checkpoint: { folder } },
        (event) => event.type === 'train-step' && event.step === at,
      );
      const second = tiny();
      const rest = await collectTraining({ ...second, config: settings, checkpoint: { folder } });
      expect(await adapterValues(second.model), `stopped at ${at}`).toEqual(await adapterValues(whole.model));
      // Stopped in its last step it has ended already, and says again how.
      if (first.result === undefined)
        expect([...evaluations(first.events), ...evaluations(rest.events)]).toEqual(evaluations(events));
      else expect(lastStep(rest.events)).toBe(0);
      expect(notes(rest.events)).toEqual(notes(events));
    }
  });

  it('needs evaluations during training, and a metric that they have', async () => {
    const { evaluation, ...rest } = tiny();
    const settings = { ...config, earlyStoppingPatience: 1 };
    await expect(collectTraining({ ...rest, config: settings })).rejects.toMatchObject({
      code: 'BAD_CONFIG',
      advice: expect.stringContaining('evalEvery') as string,
    });
    await expect(
      collectTraining({ ...rest, evaluation: { examples: evaluation!.examples }, config: settings }),
    ).rejects.toMatchObject({ code: 'BAD_CONFIG' });
    await expect(
      collectTraining({ ...tiny(), config: { ...settings, metricForBestModel: 'eval_los' } }),
    ).rejects.toMatchObject({ code: 'BAD_CONFIG', advice: expect.stringContaining('eval_loss') as string });
  });
});

describe('createBestModel', () => {
  /** Evaluations that it was patient with, of values in a row; undefined where it ran out at once. */
  async function stale(
    values: readonly number[],
    settings: BestModelConfig,
    metric: string,
  ): Promise<number[]> {
    const best = createBestModel({
      backend: createReferenceBackend(),
      parameters: [],
      config: { metricForBestModel: metric, earlyStoppingPatience: 100, ...settings },
    })!;
    const counts: number[] = [];
    for (const [step, value] of values.entries()) {
      await best.observe({ step, metrics: { [metric]: value } });
      counts.push(best.state.stale);
    }
    return counts;
  }

  it('takes losses as better when they are less, all else when it is more', async () => {
    expect(await stale([3, 2, 2.5, 1], {}, 'eval_loss')).toEqual([0, 0, 1, 0]);
    expect(await stale([3, 2, 2.5, 4], {}, 'eval_rewards/accuracies')).toEqual([0, 1, 2, 0]);
    expect(await stale([3, 2, 4], { greaterIsBetter: true }, 'eval_loss')).toEqual([0, 1, 0]);
  });

  it('compares with the best so far, and waits for more than the threshold', async () => {
    // 2.9 is the best, but not by enough to be waited on; 2.7 is compared with it, as in transformers.
    expect(await stale([3, 2.9, 2.7, 2.1], { earlyStoppingThreshold: 0.25 }, 'eval_loss')).toEqual([
      0, 1, 2, 0,
    ]);
  });

  it('never takes what is not a number for better', async () => {
    expect(await stale([Number.NaN, 3, Number.NaN, 2], {}, 'eval_loss')).toEqual([1, 0, 1, 0]);
  });
});
