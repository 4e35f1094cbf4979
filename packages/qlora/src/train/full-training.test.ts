import { createReferenceBackend, type Tensor } from '@bezoar/backend';
import { memoryFolder } from '@bezoar/formats';
import { assembleModel, modelParameters, withAdapter, type CausalLM } from '@bezoar/model';
import { describe, expect, it } from 'vitest';
import { collectTraining, stepLosses } from '../__fixtures__/collect-training.ts';
import { tinyTraining } from '../__fixtures__/tiny-training.ts';
import type { TrainSftOptions } from './train-sft.ts';
import { evaluateLoss } from './evaluate-loss.ts';
import { fullTrainable } from './trainable.ts';

const config = { learningRate: 0.02, epochs: 3, batchSize: 2, gradientAccumulation: 1, warmupSteps: 0 };

function training(): Pick<TrainSftOptions, 'model' | 'trainable' | 'examples'> {
  const { model, examples } = tinyTraining(createReferenceBackend());
  const base = withAdapter(model, undefined);
  return { model: base, trainable: fullTrainable(base), examples };
}

async function weights(model: CausalLM): Promise<number[][]> {
  const tensors = [...modelParameters(model).values()] as Tensor[];
  return Promise.all(tensors.map(async (tensor) => Array.from(await model.backend.download(tensor))));
}

describe('full fine-tuning', () => {
  it('moves every weight, and lowers the loss', async () => {
    const whole = training();
    const before = { weights: await weights(whole.model), ...(await evaluateLoss(whole)) };
    await collectTraining({ ...whole, config });
    expect((await evaluateLoss(whole)).loss).toBeLessThan(before.loss - 0.5);
    for (const [index, values] of (await weights(whole.model)).entries())
      expect(values).not.toEqual(before.weights[index]);
  });

  it('resumes bit for bit', async () => {
    const whole = training();
    const uninterrupted = await collectTraining({ ...whole, config });
    const folder = memoryFolder(new Map());
    const first = await collectTraining(
      { ...training(), config, checkpoint: { folder } },
      (event) => event.type === 'train-step' && event.step === 4,
    );
    const second = training();
    const rest = await collectTraining({ ...second, config, checkpoint: { folder } });
    expect([...stepLosses(first.events), ...stepLosses(rest.events)]).toEqual(
      stepLosses(uninterrupted.events),
    );
    expect(await weights(second.model)).toEqual(await weights(whole.model));
  });

  it('refuses a base that is not f32', () => {
    const { model } = training();
    const { backend } = model;
    const name = 'model.layers.0.mlp.up_proj.weight';
    const parameters = modelParameters(model);
    const quantised = backend.nf4Quantize({ weight: parameters.get(name) as Tensor });
    const { config: shape } = model;
    const base = assembleModel({ config: shape, backend, weights: parameters.set(name, quantised) });
    expect(() => fullTrainable(base)).toThrow(
      expect.objectContaining({
        code: 'BAD_CONFIG',
        message: expect.stringContaining(name) as string,
      }) as Error,
    );
  });
});
