import { createReferenceBackend, type Tensor } from '@bezoar/backend';
import { createRng } from '@bezoar/core';
import { memoryFolder, type AdapterSettings } from '@bezoar/formats';
import { createLoraAdapter, modelParameters, withAdapter, type CausalLM } from '@bezoar/model';
import { describe, expect, it } from 'vitest';
import { collectTraining, stepLosses } from '../__fixtures__/collect-training.ts';
import { tinyTraining } from '../__fixtures__/tiny-training.ts';
import type { EncodedExample } from '../data/encode-example.ts';
import { evaluateLoss } from './evaluate-loss.ts';

const config = {
  learningRate: 0.03,
  epochs: 3,
  batchSize: 2,
  gradientAccumulation: 1,
  warmupSteps: 0,
  seed: 5,
};

function training(settings: Partial<AdapterSettings>): { model: CausalLM; examples: EncodedExample[] } {
  const { model, examples } = tinyTraining(createReferenceBackend());
  const base = withAdapter(model, undefined);
  const adapter = createLoraAdapter({
    model: base,
    config: {
      r: 2,
      loraAlpha: 4,
      loraDropout: 0.1,
      targetModules: ['q_proj', 'down_proj'],
      useRslora: false,
      ...settings,
    },
    rng: createRng(2),
  });
  return { model: withAdapter(base, adapter), examples };
}

async function bits({ backend }: CausalLM, tensors: Iterable<Tensor>): Promise<number[][]> {
  return Promise.all(Array.from(tensors, async (tensor) => Array.from(await backend.download(tensor))));
}

/** Everything that the adapter trains. */
async function trained(model: CausalLM): Promise<number[][]> {
  const { modules, saved } = model.adapter!;
  const adapted = Array.from(modules.values()).flatMap(({ a, b, dora }) => [
    a,
    b,
    ...(dora === undefined ? [] : [dora.magnitude]),
  ]);
  return bits(model, [...adapted, ...saved.values()]);
}

/** The base's weights; dense in these tests. */
const weights = (model: CausalLM): Promise<number[][]> =>
  bits(model, modelParameters(withAdapter(model, undefined)).values() as Iterable<Tensor>);

describe.each<[string, Partial<AdapterSettings>]>([
  ['whole modules beside an adapter', { modulesToSave: ['lm_head', 'embed_tokens', 'norm'] }],
  ['DoRA, with dropout', { useDora: true }],
  ['DoRA beside whole modules', { useDora: true, loraDropout: 0, modulesToSave: ['lm_head'] }],
])('training %s', (_, settings) => {
  it('changes all that it trains, and not the base', async () => {
    const { model, examples } = training(settings);
    const before = { base: await weights(model), adapter: await trained(model) };
    const { loss } = await evaluateLoss({ model, examples });
    await collectTraining({ model, examples, config });
    expect((await evaluateLoss({ model, examples })).loss).toBeLessThan(loss - 0.1);
    expect(await weights(model)).toEqual(before.base);
    for (const [index, values] of (await trained(model)).entries())
      expect(values).not.toEqual(before.adapter[index]);
  });

  it('resumes bit for bit', async () => {
    const whole = training(settings);
    const uninterrupted = await collectTraining({ ...whole, config });
    const folder = memoryFolder(new Map());
    const first = await collectTraining(
      { ...training(settings), config, checkpoint: { folder } },
      (event) => event.type === 'train-step' && event.step === 4,
    );
    const second = training(settings);
    const rest = await collectTraining({ ...second, config, checkpoint: { folder } });
    expect([...stepLosses(first.events), ...stepLosses(rest.events)]).toEqual(
      stepLosses(uninterrupted.events),
    );
    expect(await trained(second.model)).toEqual(await trained(whole.model));
  });
});
