import type { Backend } from '@bezoar/backend';
import { createLocalGroup } from '@bezoar/backend/testkit';
import { createCpuBackend } from '@bezoar/backend-cpu';
import { finishJob, type RunEvent } from '@bezoar/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { adapterValues, tinyPreferences, type TinyPreferences } from './__fixtures__/tiny-preferences.ts';
import { trainDpo, type TrainDpoOptions } from './train-dpo.ts';
import { trainKto } from './train-kto.ts';

/** Three micro-batches a step, so that two processes have unequal shares. */
const config = {
  learningRate: 5e-3,
  schedule: 'constant',
  warmupRatio: 0,
  epochs: 4,
  batchSize: 1,
  gradientAccumulation: 3,
} as const;

let backend: Backend;
beforeAll(async () => void (backend = await createCpuBackend()));
afterAll(() => backend.dispose());

type Start = (options: TinyPreferences & Pick<TrainDpoOptions, 'group'>) => AsyncGenerator<RunEvent, unknown>;

const onPairs =
  (own: TrainDpoOptions['config']): Start =>
  ({ model, pairs, group }) =>
    trainDpo({
      model,
      pairs,
      group,
      config: { ...config, ...own },
      evaluation: { pairs, every: 3 },
      now: () => 0,
    });

const trainings: readonly (readonly [name: string, start: Start])[] = [
  ['DPO', onPairs({})],
  ['DPO with cross-entropy', onPairs({ rpoAlpha: 0.5 })],
  ['IPO', onPairs({ loss: 'ipo' })],
  ['ORPO', onPairs({ loss: 'orpo' })],
  [
    'KTO',
    ({ model, rows, group }) =>
      trainKto({ model, rows, group, config, evaluation: { rows, every: 3 }, now: () => 0 }),
  ],
];

interface Run {
  readonly measured: readonly RunEvent[];
  readonly values: readonly number[];
}

/** Runs every process of a group of one training, all in this one. */
function train(start: Start, size: number): Promise<Run[]> {
  return Promise.all(
    createLocalGroup(size).map(async (group) => {
      const data = tinyPreferences({ backend });
      const events: RunEvent[] = [];
      await finishJob(start({ ...data, group: size === 1 ? undefined : group }), (event) =>
        events.push(event),
      );
      return {
        measured: events.filter(({ type }) => type === 'train-step' || type === 'evaluation'),
        values: await adapterValues(data.model),
      };
    }),
  );
}

it.each(trainings)('several processes are one, to the rounding of a sum: %s', async (_, start) => {
  const [alone] = await train(start, 1);
  for (const size of [2, 3]) {
    const ranks = await train(start, size);
    for (const rank of ranks) expect(rank).toEqual(ranks[0]);
    // What is told before the first update is about the same parameters.
    expectClose(ranks[0]!.measured[0]!, alone!.measured[0]!);
    expectClose(ranks[0]!.measured[1]!, alone!.measured[1]!);
    const differences = ranks[0]!.values.map((value, index) => Math.abs(value - alone!.values[index]!));
    expect(Math.max(...differences)).toBeLessThan(0.01 * config.learningRate);
  }
  const initial = await adapterValues(tinyPreferences({ backend }).model);
  expect(alone!.values.some((value, index) => Math.abs(value - initial[index]!) > 1e-3)).toBe(true);
});

/** A reference scores all sequences of a call in one pass, and a pass of another shape may round otherwise. */
function expectClose(event: RunEvent, expected: RunEvent): void {
  const numbers = (each: RunEvent): [string, number][] =>
    Object.entries({ ...each, ...('metrics' in each ? each.metrics : {}) }).flatMap(([name, value]) =>
      typeof value === 'number' ? [[name, value]] : [],
    );
  expect(numbers(event).map(([name]) => name)).toEqual(numbers(expected).map(([name]) => name));
  for (const [index, [name, value]] of numbers(event).entries())
    expect(value, name).toBeCloseTo(numbers(expected)[index]![1], 5);
}
