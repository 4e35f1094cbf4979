import { createRng } from '@bezoar/core';
import { describe, expect, it } from 'vitest';
import { defaultKtoLoss, estimateKl, ktoLoss } from './kto-loss.ts';

const sigma = (z: number): number => 1 / (1 + Math.exp(-z));
const config = { beta: 0.2, desirableWeight: 1.5, undesirableWeight: 0.5 };

describe('ktoLoss', () => {
  it('is the paper by hand: δ = −11 + 12 = 1, kl = 0.25', () => {
    const logs = { policy: -11, reference: -12 };
    expect(ktoLoss({ ...logs, label: true }, 0.25, config).loss).toBeCloseTo(1.5 * (1 - sigma(0.15)), 12);
    expect(ktoLoss({ ...logs, label: false }, 0.25, config).loss).toBeCloseTo(0.5 * (1 - sigma(-0.15)), 12);
  });

  it.each([true, false])('has the derivative that finite differences find: label %s', (label) => {
    const rng = createRng(`kto ${label}`);
    const step = 1e-5;
    for (let round = 0; round < 50; round++) {
      const [policy, reference, kl] = [-20 * rng.next(), -20 * rng.next(), 5 * rng.next()];
      const at = (shift: number): number =>
        ktoLoss({ policy: policy + shift, reference, label }, kl, config).loss;
      const { dPolicy } = ktoLoss({ policy, reference, label }, kl, config);
      expect(dPolicy).toBeCloseTo((at(step) - at(-step)) / (2 * step), 6);
      expect(Math.sign(dPolicy)).toBe(label ? -1 : 1);
    }
  });

  it('stays finite far out', () => {
    for (const policy of [-1e6, 1e6])
      for (const label of [true, false])
        expect(Number.isFinite(ktoLoss({ policy, reference: 0, label }, 0, defaultKtoLoss).loss)).toBe(true);
  });
});

it('estimateKl is a mean, and never below 0', () => {
  const rows = [
    { policy: -3, reference: -5 },
    { policy: -4, reference: -3 },
  ];
  expect(estimateKl(rows)).toBeCloseTo(0.5, 12);
  expect(estimateKl(rows.map(({ policy, reference }) => ({ policy: reference, reference: policy })))).toBe(0);
});
