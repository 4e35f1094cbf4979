import { createRng } from '@bezoar/core';
import type { SingleJudgment } from '@bezoar/judge';
import { expect, it } from 'vitest';
import { mtBenchDifferences } from './mt-bench-differences.ts';

const rng = createRng('judgments');
const line = (model: string, question: number, turn: 1 | 2): SingleJudgment => ({
  ...{ question_id: question, model, turn, tstamp: 0, user_prompt: '', judgment: '' },
  judge: ['j', 'p'],
  score: 1 + rng.int(5) + (model === 'better' ? 4 : 0),
});
const questions = Array.from({ length: 20 }, (_, index) => 81 + index);
const judgments = ['base', 'same', 'better'].flatMap((model) =>
  questions.flatMap((question) => [line(model, question, 1), line(model, question, 2)]),
);

it('compares every model with the first one, by turn, on what both were graded for', () => {
  const holes = judgments.map((each) =>
    each.model === 'better' && each.question_id < 86 && each.turn === 2 ? { ...each, score: -1 } : each,
  );
  const found = mtBenchDifferences(holes, ['base', 'same', 'better']);
  expect(found.map(({ model, metric, n }) => [model, metric, n])).toEqual([
    ['same', 'mt_bench/average', 40],
    ['same', 'mt_bench/first_turn', 20],
    ['same', 'mt_bench/second_turn', 20],
    ['better', 'mt_bench/average', 35],
    ['better', 'mt_bench/first_turn', 20],
    ['better', 'mt_bench/second_turn', 15],
  ]);
  const meanOf = (model: string, turn: number): number => {
    const own = holes.filter((each) => each.model === model && each.turn === turn);
    return own.reduce((sum, { score }) => sum + score, 0) / own.length;
  };
  expect(found[4]!.difference).toBeCloseTo(meanOf('better', 1) - meanOf('base', 1), 12);
  expect(found[4]).toMatchObject({ baseline: 'base', isBetter: true });
  expect(found[4]!.pValue).toBeLessThan(0.05);
  expect(found[0]!.pValue).toBeGreaterThan(0.05);
});

it('has nothing to say of one model', () => {
  expect(mtBenchDifferences(judgments, ['base'])).toEqual([]);
});
