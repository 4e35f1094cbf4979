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
const variants: Partial<PreferenceLossConfig>[] = [
  { loss: 'sigmoid' },
  { loss: 'cdpo', labelSmoothing: 0.1 },
  { loss: 'robust', labelSmoothing: 0.2 },
  { loss: 'hinge' },
  { loss: 'ipo', ipoReduction: 'sum' },
  { loss: 'ipo', ipoReduction: 'mean' },
];

describe('preferenceLoss', () => {
  it('is the paper by hand: h = (−11 + 12) − (−14 + 13.5) = 1.5', () => {
    const { loss, dChosen, dRejected } = preferenceLoss(pair, { ...defaultPreferenceLoss, beta: 0.2 });
    expect(loss).toBeCloseTo(Math.log(1 + Math.exp(-0.3)), 12);
    expect(dChosen).toBeCloseTo(-0.2 / (1 + Math.exp(0.3)), 12);
    expect(dRejected).toBeCloseTo(-dChosen, 12);
  });

  it.each(variants)('has the derivative that finite differences find: %o', (variant) => {
    const config = { ...defaultPreferenceLoss, ...variant };
    const step = 1e-5;
    const at = (side: 'policyChosen' | 'policyRejected', shift: number): number =>
      preferenceLoss({ ...pair, [side]: pair[side] + shift }, config).loss;
    const { dChosen, dRejected } = preferenceLoss(pair, config);
    expect(dChosen).toBeCloseTo((at('policyChosen', step) - at('policyChosen', -step)) / (2 * step), 6);
    expect(dRejected).toBeCloseTo((at('policyRejected', step) - at('policyRejected', -step)) / (2 * step), 6);
  });

  it('stays finite far out on both sides', () => {
    for (const policyChosen of [-1e5, 1e5]) {
      const { loss, dChosen } = preferenceLoss(
        { ...pair, policyChosen },
        { ...defaultPreferenceLoss, beta: 1 },
      );
      expect(Number.isFinite(loss) && Number.isFinite(dChosen)).toBe(true);
    }
  });
});
