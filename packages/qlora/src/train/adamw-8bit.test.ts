import { createReferenceBackend } from '@bezoar/backend';
import { createCpuBackend } from '@bezoar/backend-cpu';
import { describe, expect, it } from 'vitest';
import { collectTraining, stepLosses } from '../__fixtures__/collect-training.ts';
import { tinyTraining } from '../__fixtures__/tiny-training.ts';
import { createAdamW, defaultAdamW, type OptimizerName } from './optimizer.ts';
import { fullTrainable } from './trainable.ts';

describe('adamw-8bit', () => {
  it('keeps moments in a quarter of the bytes, embeddings and small parameters as f32', () => {
    const backend = createReferenceBackend();
    const { model } = tinyTraining(backend, { hidden: 64 });
    const trainable = fullTrainable({ ...model, adapter: undefined });
    const bytes = (optimizer: OptimizerName): Map<string, number> => {
      const created = createAdamW({
        backend,
        trainable,
        config: { ...defaultAdamW, optimizer },
      });
      const sizes = created.state.slots.map(({ name, moments }): [string, number] => [
        name,
        Object.values(moments).reduce((sum, { dtype, size }) => sum + (dtype === 'u8' ? size : 4 * size), 0),
      ]);
      created.dispose();
      return new Map(sizes);
    };
    const [whole, small] = [bytes('adamw'), bytes('adamw-8bit')];
    const gate = 'model.layers.0.mlp.gate_proj.weight';
    expect(small.get(gate)).toBe(2 * (64 * 96 + (4 * 64 * 96) / 256));
    expect(small.get(gate)! / whole.get(gate)!).toBeLessThan(0.26);
    for (const name of ['model.embed_tokens.weight', 'model.norm.weight'])
      expect(small.get(name)).toBe(whole.get(name));
  });

  it('learns as f32 moments do: full fine-tuning on the CPU backend', async () => {
    const backend = await createCpuBackend();
    const losses = async (optimizer: OptimizerName): Promise<number[]> => {
      const { model, examples } = tinyTraining(backend, { hidden: 64 });
      const base = { ...model, adapter: undefined };
      const { events } = await collectTraining({
        model: base,
        trainable: fullTrainable(base),
        examples,
        config: {
          optimizer,
          learningRate: 3e-4,
          warmupSteps: 0,
          maxSteps: 60,
          batchSize: 6,
          gradientAccumulation: 1,
        },
      });
      return stepLosses(events);
    };
    const [whole, small] = [await losses('adamw'), await losses('adamw-8bit')];
    expect(whole.at(-1)!).toBeLessThan(whole[0]! / 4);
    expect(small).not.toEqual(whole);
    whole.forEach((loss, step) =>
      expect(Math.abs(small[step]! - loss), `step ${step}`).toBeLessThan(0.03 * whole[0]!),
    );
    await backend.dispose();
  });
});
