import { tensorboardHeader, tensorboardScalars } from '@bezoar/formats';
import type { RunEvent } from '@bezoar/core';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import type { LoggedEvent } from './event-log.ts';
import { createTrainingLogs } from './training-logs.ts';

const folder = temporaryFolder();
afterEach(() => folder.remove());

let clock = 0;
const at = (event: RunEvent): LoggedEvent => ({
  time: new Date(1_700_000_000_000 + 1000 * clock++).toISOString(),
  ...event,
});
const start = (detail: string, stage = 'sft'): LoggedEvent => at({ type: 'stage-start', stage, detail });
const evaluation = (step: number): LoggedEvent =>
  at({
    type: 'evaluation',
    stage: 'sft',
    step,
    metrics: { eval_loss: 10 - step, 'eval_rewards/chosen': 0.5 },
  });
const step = (number: number): LoggedEvent =>
  at({
    type: 'train-step',
    stage: 'sft',
    step: number,
    totalSteps: 9,
    epoch: number / 9,
    loss: 1 / number,
    learningRate: 1e-3,
    gradNorm: 2,
    tokens: 100,
    tokensPerSecond: 50,
    metrics: { 'rewards/margins': number },
  });

const kinds = { tensorboard: true, wandb: true };

function write(events: readonly LoggedEvent[], earlier: readonly LoggedEvent[] = [], on = kinds): void {
  const logs = createTrainingLogs({ runDir: folder.path, kinds: on, earlier });
  for (const event of events) logs.write(event);
}

/** The bytes that the events must have made, and the tags by hand. */
function wanted(events: readonly LoggedEvent[]): Buffer {
  const seconds = ({ time }: LoggedEvent): number => Date.parse(time) / 1000;
  let tokens = 0;
  const records = events.map((event) => {
    const place = { wallTime: seconds(event), step: (event as { step: number }).step };
    if (event.type === 'evaluation') {
      const { eval_loss: loss, 'eval_rewards/chosen': chosen } = event.metrics;
      return tensorboardScalars({
        ...place,
        scalars: { 'eval/loss': loss!, 'eval/rewards/chosen': chosen! },
      });
    }
    if (event.type !== 'train-step') throw new Error('It is no record.');
    tokens += event.tokens;
    return tensorboardScalars({
      ...place,
      scalars: {
        'train/loss': event.loss,
        'train/learning_rate': event.learningRate,
        'train/grad_norm': event.gradNorm,
        'train/epoch': event.epoch,
        'train/tokens_per_second': event.tokensPerSecond,
        'train/num_tokens': tokens,
        'train/rewards/margins': event.metrics!['rewards/margins']!,
      },
    });
  });
  return Buffer.concat([tensorboardHeader(seconds(events[0]!)), ...records]);
}

function tensorboard(stage = 'sft'): Buffer {
  const names = readdirSync(join(folder.path, 'tensorboard', stage));
  expect(names).toEqual([expect.stringMatching(/^events\.out\.tfevents\.17\d{8}\.bezoar$/)]);
  return readFileSync(join(folder.path, 'tensorboard', stage, names[0]!));
}

interface Row {
  readonly _step: number;
}

function history(): Row[] {
  return readFileSync(join(folder.path, 'wandb/sft/wandb-history.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
}

describe('createTrainingLogs', () => {
  it('writes steps and evaluations by the tags of transformers', () => {
    const events = [evaluation(0), step(1), step(2), evaluation(2)];
    write([start('new'), ...events]);
    expect(tensorboard()).toEqual(wanted(events));
    expect(history().map(({ _step }) => _step)).toEqual([0, 1, 2, 2]);
    const summary: unknown = JSON.parse(
      readFileSync(join(folder.path, 'wandb/sft/wandb-summary.json'), 'utf8'),
    );
    expect(summary).toMatchObject({
      'train/loss': 0.5,
      'train/num_tokens': 200,
      'eval/loss': 8,
      'train/global_step': 2,
      _step: 2,
      _runtime: 3,
    });
  });

  it('has every step once after a kill, and after a second one', () => {
    const first = [
      start('new'),
      evaluation(0),
      step(1),
      step(2),
      evaluation(2),
      step(3),
      step(4),
      evaluation(4),
    ];
    write(first);
    const second = [start('resumed'), step(3), step(4), evaluation(4), step(5)];
    write(second, first);
    const third = [start('resumed'), step(5), step(6)];
    write(third, [...first, ...second]);
    const kept = [...first.slice(1), ...third.slice(1)];
    expect(tensorboard()).toEqual(wanted(kept));
    expect(history().map(({ _step }) => _step)).toEqual([0, 1, 2, 2, 3, 4, 4, 5, 6]);
  });

  it('forgets the version of a stage that is run anew', () => {
    const first = [start('new'), evaluation(0), step(1), step(2), step(3)];
    write(first);
    const second = [start('new'), step(1)];
    write(second, first);
    expect(tensorboard()).toEqual(wanted([second[1]!]));
    const third = [start('resumed'), step(2)];
    write(third, [...first, ...second]);
    expect(tensorboard()).toEqual(wanted([second[1]!, third[1]!]));
  });

  it('makes no file for scores of models, nor for kinds that nobody wants', () => {
    const scores = at({ type: 'evaluation', stage: 'scores', step: 0, metrics: { 'base/acc': 1 } });
    write([start('new', 'scores'), scores]);
    write([start('new'), step(1)], [], { tensorboard: false, wandb: true });
    expect(readdirSync(folder.path)).toEqual(['wandb']);
    expect(readdirSync(join(folder.path, 'wandb'))).toEqual(['sft']);
  });
});
