import { expect, it } from 'vitest';
import { trainingPrint } from './training-print.ts';

const examples = [
  { tokens: [1, 2, 3], labels: [-100, 2, 3] },
  { tokens: [4, 5], labels: [4, 5] },
];
const heldOut = { examples: [{ tokens: [7], labels: [7] }], every: 2 };
const settings = { learningRate: 0.1 };
const print = trainingPrint({ settings, examples });

it('is that of the same settings and data only', () => {
  expect(trainingPrint({ settings: { ...settings }, examples: [...examples] })).toBe(print);
  expect(trainingPrint({ settings: { learningRate: 0.2 }, examples })).not.toBe(print);
  expect(trainingPrint({ settings, examples: examples.toReversed() })).not.toBe(print);
  expect(trainingPrint({ settings, examples: [{ tokens: [1, 2, 3, 4, 5], labels: [] }] })).not.toBe(print);
});

it('tells apart what is learnt of the same tokens', () => {
  const [first, second] = examples as [(typeof examples)[0], (typeof examples)[0]];
  const other = [{ ...first, labels: [-100, -100, 3] }, second];
  expect(trainingPrint({ settings, examples: other })).not.toBe(print);
});

it('counts held-out data where evaluations decide about the result', () => {
  expect(trainingPrint({ settings, examples, evaluation: heldOut })).toBe(print);
  for (const deciding of [{ earlyStoppingPatience: 2 }, { loadBestModelAtEnd: true }]) {
    const prints = [heldOut, { ...heldOut, every: 3 }, { ...heldOut, examples }].map((evaluation) =>
      trainingPrint({ settings: deciding, examples, evaluation }),
    );
    expect(new Set(prints).size).toBe(3);
  }
});
