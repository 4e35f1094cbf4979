import { createReferenceBackend, type Tensor } from '@bezoar/backend';
import type { RunEvent } from '@bezoar/core';
import { memoryFolder } from '@bezoar/formats';
import { withAdapter } from '@bezoar/model';
import { describe, expect, it } from 'vitest';
import { adapterValues, collectTraining, tinyPreferences } from './__fixtures__/tiny-preferences.ts';
import type { DpoConfig } from './dpo-config.ts';
import type { PreferenceLossName } from './preference-loss.ts';
import { adapterOffReference, type Reference } from './reference.ts';
import { trainDpo, type TrainDpoOptions } from './train-dpo.ts';

const config = {
  learningRate: 0.05,
  schedule: 'constant',
  warmupRatio: 0,
  epochs: 6,
  batchSize: 2,
  gradientAccumulation: 2,
} as const;

const setting = (modulesToSave?: readonly string[]): Pick<TrainDpoOptions, 'model' | 'pairs'> => {
  const { model, pairs } = tinyPreferences({ modulesToSave });
  return { model, pairs };
};

async function collect(
  options: TrainDpoOptions,
  stop?: (event: RunEvent) => boolean,
): ReturnType<typeof collectTraining> {
  return collectTraining((signal) => trainDpo({ ...options, signal }), stop);
}

const unused: Reference = {
  id: 'unused',
  logProbs: () => Promise.reject(new Error('The reference was asked.')),
};

describe('trainDpo', () => {
  it('trains the same where kernels are compiled for sizes', async () => {
    const reference = createReferenceBackend();
    const capabilities = { ...reference.capabilities, compilesForSizes: true };
    const [plain, filled] = [tinyPreferences(), tinyPreferences({ backend: { ...reference, capabilities } })];
    const runs = [];
    for (const { model, pairs } of [plain, filled])
      runs.push(await collect({ model, pairs, config, now: () => 0 }));
    expect(runs[1]).toEqual(runs[0]);
    expect(await adapterValues(filled.model)).toEqual(await adapterValues(plain.model));
  });

  it('starts at log 2 with margin 0 (the adapter is the identity) and learns the preference', async () => {
    const { model, pairs } = setting();
    const { events } = await collect({ model, pairs, config, evaluation: { pairs } });
    const steps = events.filter((event) => event.type === 'train-step');
    expect(steps[0]!.loss).toBeCloseTo(Math.LN2, 5);
    expect(steps[0]!.metrics!['rewards/margins']).toBeCloseTo(0, 5);
    const last = events.findLast((event) => event.type === 'evaluation')!;
    expect(last.metrics['eval_loss']).toBeLessThan(0.6);
    expect(last.metrics['eval_rewards/accuracies']).toBe(1);
  });

  const learning: [PreferenceLossName, Partial<DpoConfig>][] = [
    ['sigmoid', { rpoAlpha: 1 }],
    ['sigmoid_norm', { beta: 1 }],
    ['apo_zero', {}],
    ['apo_down', {}],
    ['sppo_hard', { beta: 1 }],
    ['nca_pair', {}],
    ['simpo', {}],
    ['orpo', {}],
  ];
  it.each(learning)('%s lowers its loss and raises the margin', async (loss, more) => {
    const { model, pairs } = setting();
    const free = loss === 'simpo' || loss === 'orpo';
    const { events } = await collect({
      model,
      pairs,
      config: { ...config, epochs: 12, loss, ...more },
      evaluation: { pairs },
      ...(free ? { reference: unused } : {}),
    });
    const [before, after] = events
      .filter((event) => event.type === 'evaluation')
      .map(({ metrics }) => metrics);
    expect(after!['eval_loss']).toBeLessThan(before!['eval_loss']!);
    expect(after!['eval_rewards/margins']).toBeGreaterThan(before!['eval_rewards/margins']!);
    const crossEntropy = before!['eval_nll_loss'];
    expect(crossEntropy === undefined).toBe(loss !== 'orpo' && more.rpoAlpha === undefined);
    if (crossEntropy !== undefined) expect(after!['eval_nll_loss']).toBeLessThan(crossEntropy);
    if (loss === 'orpo')
      expect(after!['eval_log_odds_chosen']).toBeGreaterThan(before!['eval_log_odds_chosen']!);
  });

  it('asks the reference that it is given', async () => {
    await expect(collect({ ...setting(), config, reference: unused })).rejects.toThrow(/was asked/);
  });

  it('does not move the reference: the base weights stay', async () => {
    const { model, pairs } = setting();
    const before = Array.from(await model.backend.download(model.embedding));
    await collect({ model, pairs, config });
    expect(Array.from(await model.backend.download(model.embedding))).toEqual(before);
  });

  it('compares with the base where whole modules learn', async () => {
    const { model, pairs } = setting(['lm_head', 'norm']);
    const sides = pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]);
    const untouched = adapterOffReference(setting().model);
    const { events } = await collect({ model, pairs, config, evaluation: { pairs } });
    expect(await adapterOffReference(model).logProbs(sides)).toEqual(await untouched.logProbs(sides));
    const head = await model.backend.download(model.lmHead as Tensor);
    expect(head).not.toEqual(await model.backend.download(withAdapter(model, undefined).lmHead as Tensor));
    const rewards = events.filter((event) => event.type === 'evaluation');
    expect(rewards[0]!.metrics['eval_rewards/margins']).toBe(0);
    expect(rewards.at(-1)!.metrics['eval_rewards/margins']).toBeGreaterThan(0.05);
  });

  it.each(['sigmoid', 'simpo', 'orpo'] as const)('resumes %s bit for bit', async (loss) => {
    const options = { config: { ...config, epochs: 5, loss } };
    const whole = setting();
    const { result } = await collect({ ...whole, ...options });
    expect(result!.steps).toBe(10);
    const checkpoint = { folder: memoryFolder(new Map()) };
    await collect(
      { ...setting(), ...options, checkpoint },
      (event) => event.type === 'train-step' && event.step === 5,
    );
    const rest = setting();
    const resumed = await collect({ ...rest, ...options, checkpoint });
    expect(resumed.result!.steps).toBe(5);
    expect(resumed.result!.finalLoss).toBe(result!.finalLoss);
    const last = resumed.events.findLast((event) => event.type === 'train-step');
    expect(last!.metrics!['num_tokens']).toBe(result!.tokens);
    expect(await adapterValues(rest.model)).toEqual(await adapterValues(whole.model));
  });

  it('does not go on with another reference than it was begun with', async () => {
    const checkpoint = { folder: memoryFolder(new Map()) };
    await collect({ ...setting(), config, checkpoint }, (event) => event.type === 'train-step');
    await expect(collect({ ...setting(), config, checkpoint, reference: unused })).rejects.toMatchObject({
      code: 'BAD_CONFIG',
    });
  });

  it.each([
    ['no pairs', { pairs: [] }, 'EMPTY_DATASET'],
    ['beta 0', { config: { ...config, beta: 0 } }, 'BAD_CONFIG'],
    [
      'label smoothing on a loss that ignores it',
      { config: { ...config, labelSmoothing: 0.1 } },
      'BAD_CONFIG',
    ],
    ['a margin on a loss that ignores it', { config: { ...config, simpoGamma: 0.1 } }, 'BAD_CONFIG'],
    ['a second cross-entropy', { config: { ...config, loss: 'orpo', rpoAlpha: 1 } as const }, 'BAD_CONFIG'],
    ['a negative weight', { config: { ...config, rpoAlpha: -1 } }, 'BAD_CONFIG'],
  ])('refuses %s', async (_, change, code) => {
    await expect(collect({ ...setting(), config, ...change })).rejects.toMatchObject({ code });
  });
});
