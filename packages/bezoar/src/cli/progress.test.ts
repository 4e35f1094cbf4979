import type { RunEvent } from '@bezoar/core';
import { expect, it } from 'vitest';
import { createProgress } from './progress.ts';

const events: RunEvent[] = [
  { type: 'stage-start', stage: 'a', detail: 'new' },
  ...[1, 2, 3].map((done): RunEvent => ({ type: 'progress', stage: 'a', done, total: 3 })),
  { type: 'stage-end', stage: 'a', seconds: 1 },
];

function shown(isTTY: boolean, shownEvents: readonly RunEvent[] = events, columns = 40): string {
  let text = '';
  let clock = 0;
  const stderr = { write: (part: string) => void (text += part), isTTY, columns };
  const progress = createProgress({ stderr }, () => (clock += isTTY ? 1000 : 0));
  for (const event of shownEvents) progress.show(event);
  progress.end();
  return text;
}

it('rewrites one line on a terminal', () => {
  const clear = '\r\u001b[2K';
  expect(shown(true)).toBe(`▸ a\n${clear}  a: 1/3${clear}  a: 2/3${clear}  a: 3/3${clear}✓ a: 1.0 s\n`);
});

it('prints plain lines now and then elsewhere', () => {
  expect(shown(false)).toBe('▸ a\n  a: 1/3\n✓ a: 1.0 s\n');
});

const step = (number: number): RunEvent => ({
  type: 'train-step',
  stage: 'dpo',
  step: number,
  totalSteps: 20,
  epoch: 1,
  loss: 0.6931,
  learningRate: 5e-5,
  gradNorm: 1,
  tokens: 100,
  tokensPerSecond: 1234,
  metrics: { 'rewards/accuracies': 0.75 },
});

it('shows loss, learning rate, speed and the time that is left, as far as there is room', () => {
  const steps = [1, 2, 3, 4].map(step);
  const last = (columns: number): string => shown(true, steps, columns).split('\u001b[2K').at(-1)!.trimEnd();
  expect(last(100)).toBe(
    '  dpo: step 4/20 · loss 0.6931 · 75.0 % ordered rightly · lr 5.0·10⁻⁵ · 1\u202f234 tokens/s · 16 s left',
  );
  expect(last(80)).toBe('  dpo: step 4/20 · loss 0.6931 · lr 5.0·10⁻⁵ · 1\u202f234 tokens/s · 16 s left');
  expect(last(45)).toBe('  dpo: step 4/20 · loss 0.6931 · 16 s left');
  expect(last(12)).toBe('  dpo: step');
});

it('prints the first and the last step elsewhere', () => {
  expect(shown(false, [1, 2, 19, 20].map(step))).toMatch(
    /^ {2}dpo: step 1\/20 · loss .*\n {2}dpo: step 20\/20 · .*\n$/,
  );
});
