import { createReferenceBackend, type Tensor } from '@bezoar/backend';
import { createRng, type RunEvent } from '@bezoar/core';
import { memoryFolder } from '@bezoar/formats';
import { createLoraAdapter, initModel, parseModelConfig, withAdapter, type CausalLM } from '@bezoar/model';
import type { TrainResult } from '@bezoar/qlora';
import { describe, expect, it } from 'vitest';
import { encodeSide, type EncodedPair } from './encode-pair.ts';
import { createReference } from './reference-log-probs.ts';
import { trainDpo, type TrainDpoOptions } from './train-dpo.ts';

function setting(modulesToSave?: readonly string[]): { model: CausalLM; pairs: EncodedPair[] } {
  const backend = createReferenceBackend();
  const shape = {
    vocab_size: 20,
    hidden_size: 8,
    intermediate_size: 12,
    num_hidden_layers: 1,
    num_attention_heads: 2,
  };
  const base = initModel({
    config: parseModelConfig({ model_type: 'llama', max_position_embeddings: 32, ...shape }),
    backend,
    rng: createRng(1),
    std: 0.3,
  });
  const adapter = createLoraAdapter({
    model: base,
    config: {
      r: 2,
      loraAlpha: 4,
      loraDropout: 0.5,
      targetModules: ['q_proj', 'v_proj', 'up_proj'],
      modulesToSave,
      useRslora: false,
    },
    rng: createRng(2),
  });
  const rng = createRng(3);
  const words = (): number[] => Array.from({ length: 2 + rng.int(3) }, () => rng.int(18));
  const pairs = Array.from({ length: 5 }, (_, index) => {
    const prompt = words();
    // Chosen answers end in 18, rejected ones in 19: something to learn.
    return {
      id: String(index),
      chosen: encodeSide(prompt, [...words(), 18]),
      rejected: encodeSide(prompt, [...words(), 19]),
    };
  });
  return { model: withAdapter(base, adapter), pairs };
}

const config = {
  learningRate: 0.05,
  schedule: 'constant',
  warmupRatio: 0,
  epochs: 6,
  batchSize: 2,
  gradientAccumulation: 2,
} as const;

async function collect(options: TrainDpoOptions): Promise<{ events: RunEvent[]; result: TrainResult }> {
  const events: RunEvent[] = [];
  const run = trainDpo(options);
  for (;;) {
    const next = await run.next();
    if (next.done === true) return { events, result: next.value };
    events.push(next.value);
  }
}

describe('trainDpo', () => {
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

  it('does not move the reference: the base weights stay', async () => {
    const { model, pairs } = setting();
    const before = Array.from(await model.backend.download(model.embedding));
    await collect({ model, pairs, config });
    expect(Array.from(await model.backend.download(model.embedding))).toEqual(before);
  });

  it('compares with the base where whole modules learn', async () => {
    const { model, pairs } = setting(['lm_head', 'norm']);
    const untouched = createReference(setting().model);
    const { events } = await collect({ model, pairs, config, evaluation: { pairs } });
    expect(await createReference(model)(pairs)).toEqual(await untouched(pairs));
    const head = await model.backend.download(model.lmHead as Tensor);
    expect(head).not.toEqual(await model.backend.download(withAdapter(model, undefined).lmHead as Tensor));
    const rewards = events.filter((event) => event.type === 'evaluation');
    expect(rewards[0]!.metrics['eval_rewards/margins']).toBe(0);
    expect(rewards.at(-1)!.metrics['eval_rewards/margins']).toBeGreaterThan(0.05);
  });

  it('resumes bit for bit', async () => {
    const whole = await collect({ ...setting(), config });
    const folder = memoryFolder(new Map());
    const controller = new AbortController();
    await expect(
      (async () => {
        for await (const event of trainDpo({
          ...setting(),
          config,
          checkpoint: { folder },
          signal: controller.signal,
        })) {
          if (event.type === 'train-step' && event.step === 5) controller.abort();
        }
      })(),
    ).rejects.toMatchObject({ code: 'INTERRUPTED' });
    const rest = await collect({ ...setting(), config, checkpoint: { folder } });
    expect(rest.result.finalLoss).toBe(whole.result.finalLoss);
  });

  it.each([
    ['no pairs', { pairs: [] }, 'EMPTY_DATASET'],
    ['beta 0', { config: { ...config, beta: 0 } }, 'BAD_CONFIG'],
    [
      'label smoothing on a loss that ignores it',
      { config: { ...config, labelSmoothing: 0.1 } },
      'BAD_CONFIG',
    ],
  ])('refuses %s', async (_, change, code) => {
    await expect(collect({ ...setting(), config, ...change })).rejects.toMatchObject({ code });
  });
});
