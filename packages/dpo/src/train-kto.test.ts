import type { RunEvent } from '@bezoar/core';
import { memoryFolder } from '@bezoar/formats';
import { describe, expect, it } from 'vitest';
import { adapterValues, collectTraining, tinyPreferences } from './__fixtures__/tiny-preferences.ts';
import { trainKto, type TrainKtoOptions } from './train-kto.ts';

const config = {
  learningRate: 0.05,
  schedule: 'constant',
  warmupRatio: 0,
  epochs: 5,
  batchSize: 3,
  gradientAccumulation: 2,
} as const;

const setting = (): Pick<TrainKtoOptions, 'model' | 'rows'> => {
  const { model, rows } = tinyPreferences();
  return { model, rows };
};

async function collect(
  options: TrainKtoOptions,
  stop?: (event: RunEvent) => boolean,
): ReturnType<typeof collectTraining> {
  return collectTraining((signal) => trainKto({ ...options, signal }), stop);
}

describe('trainKto', () => {
  it('starts at ½ without divergence (the adapter is the identity) and parts good from bad', async () => {
    const { model, rows } = setting();
    const { events } = await collect({
      model,
      rows,
      config: { ...config, epochs: 12 },
      evaluation: { rows },
    });
    const [before, after] = events
      .filter((event) => event.type === 'evaluation')
      .map(({ metrics }) => metrics);
    expect(before).toMatchObject({ eval_loss: 0.5, eval_kl: 0, 'eval_rewards/margins': 0 });
    expect(after!['eval_loss']).toBeLessThan(0.49);
    expect(after!['eval_rewards/chosen']).toBeGreaterThan(after!['eval_rewards/rejected']! + 0.1);
  });

  it('leaves out the metrics of what a step has none of', async () => {
    const { model, rows } = setting();
    const good = rows.filter(({ label }) => label);
    const { events } = await collect({ model, rows: good, config });
    const { metrics } = events.find((event) => event.type === 'train-step')!;
    expect(Object.keys(metrics!).sort()).toEqual([
      'kl',
      'logits/chosen',
      'logps/chosen',
      'num_tokens',
      'rewards/chosen',
    ]);
  });

  it('resumes bit for bit', async () => {
    const whole = setting();
    const { result } = await collect({ ...whole, config });
    expect(result!.steps).toBe(10);
    const checkpoint = { folder: memoryFolder(new Map()) };
    await collect(
      { ...setting(), config, checkpoint },
      (event) => event.type === 'train-step' && event.step === 5,
    );
    const rest = setting();
    const resumed = await collect({ ...rest, config, checkpoint });
    expect(resumed.result!.steps).toBe(5);
    expect(resumed.result!.finalLoss).toBe(result!.finalLoss);
    const last = resumed.events.findLast((event) => event.type === 'train-step');
    expect(last!.metrics!['num_tokens']).toBe(result!.tokens);
    expect(await adapterValues(rest.model)).toEqual(await adapterValues(whole.model));
  });

  it.each([
    ['no rows', { rows: [] }, 'EMPTY_DATASET'],
    ['beta 0', { config: { beta: 0 } }, 'BAD_CONFIG'],
    ['a negative weight', { config: { desirableWeight: -1 } }, 'BAD_CONFIG'],
  ])('refuses %s', async (_, change, code) => {
    await expect(collect({ ...setting(), config, ...change })).rejects.toMatchObject({ code });
  });
});
