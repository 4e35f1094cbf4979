import { createReferenceBackend, type Backend } from '@bezoar/backend';
import { createWorkspace } from '@bezoar/model';
import { listTestBackends } from '@bezoar/test-backends';
import { describe, expect, it } from 'vitest';
import { tinyTraining } from '../__fixtures__/tiny-training.ts';
import { createAdamW, defaultAdamW } from './optimizer.ts';
import { stepGradients } from './train-sft.ts';
import { adapterTrainable } from './trainable.ts';

interface Step {
  readonly loss: number;
  /** Bytes of tensors, and bytes taken from the device or the system. */
  readonly live: number;
  readonly held: number;
}

/** Steps over three micro-batches in turn, each with another number of tokens; dropout is on. */
async function train(backend: Backend, steps: number): Promise<Step[]> {
  const { model, examples } = tinyTraining(backend);
  const trainable = adapterTrainable(model);
  const workspace = createWorkspace(backend);
  const optimizer = createAdamW({ backend, trainable, config: defaultAdamW });
  const taken: Step[] = [];
  for (let step = 0; step < steps; step++) {
    const pair = (step % 3) * 2;
    const { loss } = await stepGradients({
      model,
      trainable,
      workspace,
      config: { gradientCheckpointing: false, seed: 0 },
      step,
      micro: [examples.slice(pair, pair + 2)],
    });
    await optimizer.update(0.01);
    const { live, held } = backend.memory();
    taken.push({ loss, live, held });
  }
  return taken;
}

const expected = train(createReferenceBackend(), 20);

describe('the same training on every backend', async () => {
  for (const { name, create } of await listTestBackends()) {
    it(`the loss of 20 steps is the reference's on ${name}`, async () => {
      const backend = await create();
      const losses = (await train(backend, 20)).map(({ loss }) => loss);
      await backend.dispose();
      for (const [step, { loss }] of (await expected).entries())
        expect(Math.abs(losses[step]! / loss - 1), `step ${step}`).toBeLessThanOrEqual(1e-3);
    });

    // The fake driver is slow, and its memory has tests of its own.
    if (name.includes('fake')) continue;
    it(`500 steps leave nothing behind on ${name}`, async () => {
      const backend = await create();
      const steps = await train(backend, 500);
      await backend.dispose();
      expect(steps.at(-1)!.live).toBe(steps[10]!.live);
      expect(steps.at(-1)!.held).toBeLessThanOrEqual(steps[10]!.held);
    });
  }
});
