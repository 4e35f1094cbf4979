import { describe, expect, it } from 'vitest';
import { planBatches } from './batch-plan.ts';

const options = { examples: 10, batchSize: 2, gradientAccumulation: 2, epochs: 3, seed: 4 };

describe('planBatches', () => {
  it('sees every example once per epoch, in another order each time', () => {
    const plan = planBatches(options);
    expect([plan.stepsPerEpoch, plan.totalSteps]).toEqual([3, 9]);
    const epochs = [0, 1, 2].map((epoch) => [0, 1, 2].flatMap((step) => plan.step(3 * epoch + step).flat()));
    for (const order of epochs)
      expect(order.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(epochs[0]).not.toEqual(epochs[1]);
    expect(plan.step(2)).toHaveLength(1);
  });

  it('gives any step the same batch, whatever was asked before: resume depends on it', () => {
    const plan = planBatches(options);
    const all = Array.from({ length: 9 }, (_, step) => plan.step(step));
    for (const step of [8, 0, 5, 3]) expect(planBatches(options).step(step)).toEqual(all[step]);
  });

  it('goes over the data again when maxSteps asks for more', () => {
    const plan = planBatches({ ...options, maxSteps: 20 });
    expect(plan.totalSteps).toBe(20);
    expect(plan.step(19).flat().length).toBeGreaterThan(0);
  });

  it('packs examples anew in every epoch, into as many packs, and micro-batches hold whole packs', () => {
    const lengths = [9, 3, 3, 3, 5, 5, 5, 1, 1, 1];
    const packed = { ...options, packing: { lengths, capacity: 10 } };
    const plan = planBatches(packed);
    // 36 tokens in packs of 10.
    expect([plan.stepsPerEpoch, plan.totalSteps]).toEqual([1, 3]);
    const epochs = [0, 1, 2].map((step) => plan.step(step));
    for (const micro of epochs) {
      expect(micro).toHaveLength(2);
      expect(micro.flat().toSorted((a, b) => a - b)).toEqual(lengths.map((_, index) => index));
      for (const indices of micro)
        expect(indices.reduce((sum, index) => sum + lengths[index]!, 0)).toBeLessThanOrEqual(20);
    }
    expect(epochs[0]).not.toEqual(epochs[1]);
    for (const step of [2, 0, 1]) expect(planBatches(packed).step(step)).toEqual(epochs[step]);
  });

  it('keeps the order without shuffling', () => {
    expect(planBatches({ ...options, shuffle: false }).step(1)).toEqual([
      [4, 5],
      [6, 7],
    ]);
  });
});
