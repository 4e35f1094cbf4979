import type { RunEvent, TrainStepEvent } from '@bezoar/core';
import { describe, expect, it } from 'vitest';
import { trainingFigures } from '../report/training-figures.ts';
import { collectHistory } from './stage-history.ts';

const start = (detail: string): RunEvent => ({ type: 'stage-start', stage: 'sft', detail });
const step = (number: number, loss: number): TrainStepEvent => ({
  type: 'train-step',
  stage: 'sft',
  step: number,
  totalSteps: 3,
  epoch: 1,
  loss,
  learningRate: 1e-3,
  gradNorm: 1,
  tokens: 10,
  tokensPerSecond: 100,
});

const losses = (events: readonly RunEvent[]): number[] =>
  collectHistory(events)
    .get('sft')!
    .steps.map(({ loss }) => loss);

describe('collectHistory', () => {
  it('counts a step that was made again after a kill once', () => {
    expect(
      losses([start('new'), step(1, 3), step(2, 2), start('resumed'), step(2, 2.5), step(3, 1)]),
    ).toEqual([3, 2.5, 1]);
  });

  it('forgets the version of a stage that is run anew, and keeps one that did not change', () => {
    expect(losses([start('new'), step(1, 3), step(2, 2), start('new'), step(1, 9)])).toEqual([9]);
    expect(losses([start('new'), step(1, 3), start('unchanged')])).toEqual([3]);
  });

  it('keeps the evaluations after the best one apart from it, and shows the loss of what was kept', () => {
    const evaluation = (at: number, loss: number): RunEvent => ({
      type: 'evaluation',
      stage: 'sft',
      step: at,
      metrics: { eval_loss: loss },
    });
    const measured = [evaluation(1, 3), evaluation(2, 1), evaluation(3, 2)];
    const history = collectHistory([start('new'), ...measured]).get('sft')!;
    expect(trainingFigures(history).evalLoss).toBe(2);
    const best: RunEvent = {
      type: 'evaluation',
      stage: 'sft',
      step: 2,
      metrics: { eval_loss: 1 },
      kept: true,
    };
    const kept = collectHistory([start('new'), ...measured, best]).get('sft')!;
    expect(kept.evaluations).toEqual(measured);
    expect(trainingFigures(kept).evalLoss).toBe(1);
  });

  it('adds up the seconds of all runs', () => {
    const end: RunEvent = { type: 'stage-end', stage: 'sft', seconds: 2 };
    expect(collectHistory([start('new'), end, start('resumed'), end]).get('sft')!.seconds).toBe(4);
  });
});
