import { describe, expect, it } from 'vitest';
import { learningRateAt, warmupSteps } from './learning-rate.ts';

const rates = (schedule: 'constant' | 'linear' | 'cosine', total: number, warmup: number): number[] =>
  Array.from({ length: total }, (_, step) =>
    learningRateAt({ schedule, learningRate: 1, warmupSteps: warmup }, step, total),
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
  it.each([
    ['linear', [0.775, 0.55, 0.325]],
    ['cosine', [0.868198051534, 0.55, 0.231801948466]],
    ['1-sqrt', [0.55, 0.363603896932, 0.220577136594]],
  ] as const)('WSD rises, stays and falls to the least rate: %s', (decayShape, falling) => {
    // As _get_wsd_scheduler_lambda of transformers 5 gives it for 2, 4 and 4 steps and min_lr_ratio 0.1.
    const config = {
      schedule: 'wsd',
      learningRate: 1,
      warmupSteps: 2,
      decaySteps: 4,
      minLearningRateRatio: 0.1,
      decayShape,
    } as const;
    const expected = [0.1, 0.55, 1, 1, 1, 1, 1, ...falling, 0.1];
    expected.forEach((rate, step) => expect(learningRateAt(config, step, 10)).toBeCloseTo(rate, 11));
  });
  it('WSD falls along half a cosine in the last tenth of the steps unless it is told otherwise', () => {
    const config = { schedule: 'wsd', learningRate: 1 } as const;
    const last = [17, 18, 19, 20].map((step) => learningRateAt(config, step, 20));
    expect(last.map((rate) => Number(rate.toFixed(12)))).toEqual([1, 1, 0.5, 0]);
  });
  it('cosine and linear fall to the least rate, and warm up from 0', () => {
    // As get_cosine_with_min_lr_schedule_with_warmup gives it for min_lr_rate 0.1.
    const config = { learningRate: 1, warmupSteps: 2, minLearningRateRatio: 0.1 } as const;
    const cosine = [0, 0.5, 1, 0.939711431703, 0.775, 0.55, 0.325, 0.160288568297, 0.1];
    cosine.forEach((rate, step) =>
      expect(learningRateAt({ ...config, schedule: 'cosine' }, step, 8)).toBeCloseTo(rate, 11),
    );
    expect(learningRateAt({ ...config, schedule: 'linear' }, 5, 8)).toBeCloseTo(0.55, 12);
    expect(learningRateAt({ ...config, schedule: 'linear' }, 8, 8)).toBe(0.1);
  });
  it('rounds the warm-up ratio up', () => {
    expect(warmupSteps({ schedule: 'constant', learningRate: 1, warmupRatio: 0.03 }, 101)).toBe(4);
  });
});
