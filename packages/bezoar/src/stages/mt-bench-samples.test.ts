import type { SingleJudgment } from '@bezoar/judge';
import { expect, it } from 'vitest';
import { mtBenchSamples } from './mt-bench-samples.ts';

const question = (id: number, category: string) => ({ question_id: id, category, turns: [`q${id}`, 'and?'] });
const answer = (model: string, id: number) => ({
  ...{ question_id: id, answer_id: `${model}${id}`, model_id: model, tstamp: 0 },
  choices: [{ index: 0, turns: [`${model} on ${id}`, 'more'] }],
});
const judgment = (model: string, id: number, { turn = 1, score = 5 }: { turn?: 1 | 2; score?: number }) =>
  ({
    ...{ question_id: id, model, turn, score, tstamp: 0, user_prompt: '', judgment: '' },
    judge: ['j', 'p'],
  }) satisfies SingleJudgment;

it('takes the first question of each category, with the verdict on the first turn', () => {
  const samples = mtBenchSamples({
    questions: [
      question(81, 'writing'),
      question(82, 'writing'),
      question(111, 'math'),
      question(121, 'coding'),
    ],
    answers: [answer('a', 81), answer('b', 81), answer('a', 82), answer('b', 111)],
    judgments: [
      judgment('a', 81, { score: 7 }),
      judgment('a', 81, { turn: 2, score: 1 }),
      judgment('b', 81, { score: -1 }),
      judgment('b', 111, { score: 4 }),
    ],
    models: ['b', 'a'],
  });
  expect(samples).toEqual([
    {
      ...{ task: 'writing', prompt: 'q81', target: '', rated: true },
      answers: { b: { text: 'b on 81', score: null }, a: { text: 'a on 81', score: 7 } },
    },
    {
      ...{ task: 'math', prompt: 'q111', target: '', rated: true },
      answers: { b: { text: 'b on 111', score: 4 } },
    },
  ]);
  expect(Object.keys(samples[0]!.answers)).toEqual(['b', 'a']);
});
