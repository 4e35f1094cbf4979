import { createRng } from '@bezoar/core';
import { createWorkspace, type CausalLM } from '@bezoar/model';
import { adapterTrainable, type Trainable } from '@bezoar/qlora';
import { describe, expect, it } from 'vitest';
import { adapterValues, tinyPreferences } from './__fixtures__/tiny-preferences.ts';
import { defaultDpo, type DpoConfig } from './dpo-config.ts';
import { dpoStepGradients, evaluatePairs } from './dpo-step.ts';
import { defaultKto } from './kto-config.ts';
import { ktoLoss } from './kto-loss.ts';
import { evaluateRated, ktoStepGradients } from './kto-step.ts';
import { adapterOffReference, sequenceLogProbs } from './reference.ts';

/** A fresh adapter is the identity, where some derivatives vanish: move it away. */
function disturb({ adapter, backend }: CausalLM): void {
  const rng = createRng('disturb');
  for (const { a, b } of adapter!.modules.values())
    for (const tensor of [a, b])
      backend.write(
        tensor,
        Float32Array.from({ length: tensor.size }, () => 0.6 * (rng.next() - 0.5)),
      );
}

async function gradientsOf({ backend }: CausalLM, { parameters }: Trainable): Promise<number[]> {
  return (
    await Promise.all(parameters.map(async ({ grad }) => Array.from(await backend.download(grad))))
  ).flat();
}

/** Derivatives of `loss` by some elements of the adapter, found by moving each. */
async function differences(
  { adapter, backend }: CausalLM,
  loss: () => Promise<number>,
): Promise<{ readonly index: number; readonly slope: number }[]> {
  const found: { index: number; slope: number }[] = [];
  const step = 2e-3;
  let offset = 0;
  for (const tensor of [...adapter!.modules.values()].flatMap(({ a, b }) => [a, b])) {
    const values = await backend.download(tensor);
    const place = Math.floor(tensor.size / 2);
    const at = async (shift: number): Promise<number> => {
      backend.write(tensor, values.with(place, values[place]! + shift));
      return loss();
    };
    const slope = ((await at(step)) - (await at(-step))) / (2 * step);
    backend.write(tensor, values);
    found.push({ index: offset + place, slope });
    offset += tensor.size;
  }
  return found;
}

const variants: Partial<DpoConfig>[] = [
  { loss: 'sigmoid', beta: 0.5 },
  { loss: 'sigmoid', beta: 0.5, rpoAlpha: 0.7 },
  { loss: 'apo_zero', beta: 0.5 },
  { loss: 'simpo', beta: 2 },
  { loss: 'orpo', beta: 0.5 },
];

describe('the gradient of a step', () => {
  it.each(variants)('is the derivative of the loss, on micro-batches as on one: %o', async (variant) => {
    const { model, pairs } = tinyPreferences();
    disturb(model);
    const config = { ...defaultDpo, ...variant };
    const workspace = createWorkspace(model.backend);
    const reference = adapterOffReference(model);
    const trainable = adapterTrainable(model);
    const run = { model, trainable, workspace, config, reference };
    const whole = await dpoStepGradients({ ...run, micro: [pairs] });
    const gradients = await gradientsOf(model, trainable);
    const measured = await evaluatePairs(model, { pairs, reference, config, workspace });
    for (const [name, value] of Object.entries(measured))
      expect((whole.metrics as unknown as Record<string, number>)[name], name).toBeCloseTo(
        value as number,
        5,
      );

    const loss = async (): Promise<number> =>
      (await evaluatePairs(model, { pairs, reference, config, workspace })).loss;
    for (const { index, slope } of await differences(model, loss))
      expect(Math.abs(gradients[index]! - slope)).toBeLessThan(2e-3 * Math.max(1, Math.abs(slope)));

    trainable.zeroGradients();
    const parts = await dpoStepGradients({ ...run, micro: [pairs.slice(0, 2), pairs.slice(2)] });
    expect(parts.metrics.loss).toBeCloseTo(whole.metrics.loss, 5);
    (await gradientsOf(model, trainable)).forEach((value, index) =>
      expect(value).toBeCloseTo(gradients[index]!, 5),
    );
  });

  it('is that of KTO with the divergence as a constant', async () => {
    const { model, rows } = tinyPreferences();
    disturb(model);
    const config = { ...defaultKto, beta: 0.5, undesirableWeight: 2 };
    const workspace = createWorkspace(model.backend);
    const reference = adapterOffReference(model);
    const trainable = adapterTrainable(model);
    const run = { model, trainable, workspace, config, reference };
    const whole = await ktoStepGradients({ ...run, micro: [rows] });
    const gradients = await gradientsOf(model, trainable);
    const measured = await evaluateRated(model, { rows, reference, config, workspace });
    for (const [name, value] of Object.entries(measured))
      expect((whole.metrics as Record<string, number>)[name], name).toBeCloseTo(value, 5);

    const sides = rows.map(({ side }) => side);
    const references = await reference.logProbs(sides);
    const loss = async (): Promise<number> => {
      const policy = await sequenceLogProbs(model, sides);
      const losses = rows.map(
        ({ label }, index) =>
          ktoLoss({ policy: policy[index]!, reference: references[index]!, label }, whole.metrics.kl, config)
            .loss,
      );
      return losses.reduce((sum, value) => sum + value, 0) / losses.length;
    };
    expect(await loss()).toBeCloseTo(whole.metrics.loss, 6);
    for (const { index, slope } of await differences(model, loss))
      expect(Math.abs(gradients[index]! - slope)).toBeLessThan(2e-3 * Math.max(1, Math.abs(slope)));

    trainable.zeroGradients();
    const parts = await ktoStepGradients({ ...run, micro: [rows.slice(0, 3), rows.slice(3)] });
    expect(parts.metrics.kl).toBeCloseTo(whole.metrics.kl, 5);
    (await gradientsOf(model, trainable)).forEach((value, index) =>
      expect(value).toBeCloseTo(gradients[index]!, 5),
    );
    expect((await adapterValues(model)).length).toBe(gradients.length);
  });
});
