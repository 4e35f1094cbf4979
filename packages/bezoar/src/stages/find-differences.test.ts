import { finishJob } from '@bezoar/core';
import { comparePaired, evaluate, holm, piqa, writeLmEvalFiles, type LanguageModel } from '@bezoar/eval';
import { folderSink } from '@bezoar/formats/node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { parseRecipe } from '../recipe/parse-recipe.ts';
import { findDifferences } from './find-differences.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const count = 40;
const docs = Array.from({ length: count }, (_, n) => ({ goal: `goal ${n}`, sol1: 'a', sol2: 'b', label: 0 }));
/** Of how many documents each model is right on the first ones. */
const right = { base: 10, first: 12, second: 35 };

const recipe = parseRecipe(
  `name: r
base: ./m
stages:
  first: { kind: sft, from: base, rows: ./r.jsonl }
  merged: { kind: merge, from: first }
  second: { kind: dpo, from: merged, preferences: ./p.jsonl }
`,
  'r.yaml',
);

beforeAll(async () => {
  for (const [id, most] of Object.entries(right)) {
    const model: LanguageModel = {
      id,
      settings: {},
      loglikelihood: (requests) =>
        Promise.resolve(
          requests.map(({ context, continuation }) => {
            const isRight = Number(/goal (\d+)/.exec(context)![1]) < most;
            return { logProb: (continuation.trim() === 'a') === isRight ? -1 : -2, isGreedy: true };
          }),
        ),
      generate: () => Promise.reject(new Error('nothing is generated')),
    };
    const report = await finishJob(evaluate({ model, tasks: [{ task: piqa, docs }] }), () => undefined);
    await writeLmEvalFiles({ report, sink: folderSink(folder.path), date: new Date(0) });
  }
});

it('tests every model against the first one and against the one that it was trained from', async () => {
  const wins = new Map([
    ['base', { 'preference/win_rate': [0, 1, 0.5, 0] }],
    ['second', { 'preference/win_rate': [1, 1, 1, 0.5] }],
  ]);
  const found = await findDifferences({
    models: Object.keys(right),
    context: { out: folder.path, recipe },
    wins,
  });
  expect(found.map(({ model, baseline, metric }) => [model, baseline, metric])).toEqual([
    ['first', 'base', 'piqa/acc'],
    ['first', 'base', 'piqa/acc_norm'],
    ['second', 'base', 'piqa/acc'],
    ['second', 'base', 'piqa/acc_norm'],
    ['second', 'base', 'preference/win_rate'],
    ['second', 'first', 'piqa/acc'],
    ['second', 'first', 'piqa/acc_norm'],
  ]);
  const scoresOf = (most: number): number[] => docs.map((_, n) => Number(n < most));
  const expected = [
    comparePaired(scoresOf(right.first), scoresOf(right.base)),
    comparePaired(scoresOf(right.first), scoresOf(right.base)),
    comparePaired(scoresOf(right.second), scoresOf(right.base)),
    comparePaired(scoresOf(right.second), scoresOf(right.base)),
    comparePaired([1, 1, 1, 0.5], [0, 1, 0.5, 0]),
    comparePaired(scoresOf(right.second), scoresOf(right.first)),
    comparePaired(scoresOf(right.second), scoresOf(right.first)),
  ];
  const pValues = holm(expected.map(({ mcnemar, pValue }) => mcnemar ?? pValue));
  for (const [index, { difference, interval, n }] of expected.entries())
    expect(found[index]).toMatchObject({ difference, interval, n, pValue: pValues[index], isBetter: true });
});

it('has nothing to say of one model, nor without samples', async () => {
  const context = { out: folder.path, recipe };
  expect(await findDifferences({ models: ['base'], context, wins: new Map() })).toEqual([]);
  const nowhere = { out: `${folder.path}/none`, recipe };
  expect(await findDifferences({ models: ['base', 'first'], context: nowhere, wins: new Map() })).toEqual([]);
});
