import { createRng, type Rng } from '@bezoar/core';
import { describe, expect, it } from 'vitest';
import {
  defaultPreferenceLoss,
  preferenceLoss,
  type PairLogProbs,
  type PreferenceLossConfig,
} from './preference-loss.ts';

const pair: PairLogProbs = {
  policyChosen: -11,
  policyRejected: -14,
  referenceChosen: -12,
  referenceRejected: -13.5,
  chosenTokens: 4,
  rejectedTokens: 6,
};
const unreferenced: PairLogProbs = { ...pair, referenceChosen: 0, referenceRejected: 0 };

const variants: Partial<PreferenceLossConfig>[] = [
  { loss: 'sigmoid' },
  { loss: 'sigmoid_norm' },
  { loss: 'cdpo', labelSmoothing: 0.1 },
  { loss: 'robust', labelSmoothing: 0.2 },
  { loss: 'hinge' },
  { loss: 'ipo', ipoReduction: 'sum' },
  { loss: 'ipo', ipoReduction: 'mean' },
  { loss: 'apo_zero' },
  { loss: 'apo_down' },
  { loss: 'sppo_hard' },
  { loss: 'nca_pair' },
  { loss: 'simpo', beta: 2, simpoGamma: 0.7 },
  { loss: 'orpo' },
];

function randomPair(rng: Rng): PairLogProbs {
  const logProb = (): number => -0.5 - 20 * rng.next();
  return {
    policyChosen: logProb(),
    policyRejected: logProb(),
    referenceChosen: logProb(),
    referenceRejected: logProb(),
    chosenTokens: 1 + rng.int(20),
    rejectedTokens: 1 + rng.int(20),
  };
}

const sigma = (z: number): number => 1 / (1 + Math.exp(-z));

describe('preferenceLoss', () => {
  it('is the paper by hand: h = (−11 + 12) − (−14 + 13.5) = 1.5', () => {
    const { loss, dChosen, dRejected } = preferenceLoss(pair, { ...defaultPreferenceLoss, beta: 0.2 });
    expect(loss).toBeCloseTo(Math.log(1 + Math.exp(-0.3)), 12);
    expect(dChosen).toBeCloseTo(-0.2 / (1 + Math.exp(0.3)), 12);
    expect(dRejected).toBeCloseTo(-dChosen, 12);
  });

  // δ_c = 1, δ_r = −0.5 over 4 and 6 tokens; averages without a reference −11/4 and −14/6.
  it.each([
    ['sigmoid_norm', pair, -Math.log(sigma(0.2 * (1 / 4 + 0.5 / 6)))],
    ['apo_zero', pair, 1 - sigma(0.2) + sigma(-0.1)],
    ['apo_down', pair, sigma(0.2) + 1 - sigma(0.3)],
    ['sppo_hard', pair, (1 - 2.5) ** 2 + (-0.5 + 2.5) ** 2],
    ['nca_pair', pair, -Math.log(sigma(0.2)) - 0.5 * Math.log(sigma(-0.2)) - 0.5 * Math.log(sigma(0.1))],
    ['simpo', unreferenced, -Math.log(sigma(0.2 * (-11 / 4 + 14 / 6) - 1))],
    [
      'orpo',
      unreferenced,
      -0.2 *
        Math.log(sigma(-2.75 - Math.log(1 - Math.exp(-2.75)) + 14 / 6 + Math.log(1 - Math.exp(-14 / 6)))),
    ],
  ] as const)('%s is its formula by hand', (loss, logs, wanted) => {
    const config = { ...defaultPreferenceLoss, loss, beta: 0.2 };
    expect(preferenceLoss(logs, config).loss).toBeCloseTo(wanted, 12);
  });

  it.each(variants)('has the derivatives that finite differences find: %o', (variant) => {
    const config = { ...defaultPreferenceLoss, ...variant };
    const rng = createRng(`derivatives ${JSON.stringify(variant)}`);
    const step = 1e-5;
    for (let round = 0; round < 50; round++) {
      const logs = randomPair(rng);
      const at = (side: 'policyChosen' | 'policyRejected', shift: number): number =>
        preferenceLoss({ ...logs, [side]: logs[side] + shift }, config).loss;
      const slope = (side: 'policyChosen' | 'policyRejected'): number =>
        (at(side, step) - at(side, -step)) / (2 * step);
      const { dChosen, dRejected } = preferenceLoss(logs, config);
      expect(dChosen).toBeCloseTo(slope('policyChosen'), 5);
      expect(dRejected).toBeCloseTo(slope('policyRejected'), 5);
    }
  });

  it.each(variants)('stays finite far out on both sides, and where a probability is 1: %o', (variant) => {
    for (const policyChosen of [-1e5, -1e-9, 0]) {
      for (const policyRejected of [-1e5, -1e-9, 0]) {
        const logs = { ...pair, policyChosen, policyRejected };
        const { loss, dChosen, dRejected } = preferenceLoss(logs, { ...defaultPreferenceLoss, ...variant });
        expect([loss, dChosen, dRejected].every(Number.isFinite)).toBe(true);
      }
    }
  });
});
