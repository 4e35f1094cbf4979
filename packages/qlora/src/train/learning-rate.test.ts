import { describe, expect, it } from 'vitest';
import { learningRateAt, warmupSteps } from './learning-rate.ts';

const rates = (schedule: 'constant' | 'linear' | 'cosine' | 'wsd', total: number, warmup: number): number[] =>
  Array.from({ length: total }, (_, step) =>
    learningRateAt({ schedule, learningRate: 1, warmupSteps: warmup, decayRatio: 0.4 }, step, total),
  );

describe('learningRateAt', () => {
  it('starts at 0 and rises linearly to the full rate', () => {
    expect(rates('constant', 6, 4)).toEqual([0, 0.25, 0.5, 0.75, 1, 1]);
  });
  it('falls linearly', () => {
    expect(rates('linear', 6, 2)).toEqual([0, 0.5, 1, 0.75, 0.5, 0.25]);
  });
  it('falls along half a cosine', () => {
    const [, , first, second, third, fourth] = rates('cosine', 6, 2);
    expect(first).toBe(1);
    expect(second).toBeCloseTo(0.5 * (1 + Math.SQRT1_2), 12);
    expect(third).toBeCloseTo(0.5, 12);
    expect(fourth).toBeCloseTo(0.5 * (1 - Math.SQRT1_2), 12);
  });
  it('stays and then decays in the last share of steps (WSD)', () => {
    expect(rates('wsd', 10, 0)).toEqual([1, 1, 1, 1, 1, 1, 1, 0.75, 0.5, 0.25]);
  });
  it('rounds the warm-up ratio up', () => {
    expect(warmupSteps({ schedule: 'constant', learningRate: 1, warmupRatio: 0.03 }, 101)).toBe(4);
  });
});
