import { describe, expect, it } from 'vitest';
import { linearScale } from './scale.ts';

describe('linearScale', () => {
  it('rounds its ends outwards to ticks', () => {
    const scale = linearScale({ values: [0.13, 0.87], range: [0, 100] });
    expect(scale.ticks).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect([scale(0), scale(0.5), scale(1)]).toEqual([0, 50, 100]);
  });

  it('ends where the values do when it should, with round numbers inside', () => {
    const scale = linearScale({ values: [1, 43], range: [0, 84], tight: true });
    expect(scale.ticks).toEqual([20, 40]);
    expect([scale(1), scale(22), scale(43)]).toEqual([0, 42, 84]);
    expect(linearScale({ values: [0, 60], range: [0, 1], tight: true }).ticks).toEqual([0, 20, 40, 60]);
  });

  it.each([[[5, 5]], [[0]], [[]], [[Number.NaN, 1, Infinity]], [[-3, -3]]])(
    'stays finite for %j',
    (values) => {
      const scale = linearScale({ values, range: [10, 20] });
      for (const value of values.filter(Number.isFinite)) expect(Number.isFinite(scale(value))).toBe(true);
      expect(scale.ticks.length).toBeGreaterThan(1);
    },
  );
});
