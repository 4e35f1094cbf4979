import type { MtBenchAnswer, MtBenchQuestion } from '../index.ts';

export const question = (id: number, category: string): MtBenchQuestion => ({
  question_id: id,
  category,
  turns: [`first of ${id}`, `second of ${id}`],
});

export const answer = (model: string, id: number, turns: readonly string[]): MtBenchAnswer => ({
  question_id: id,
  answer_id: `${model}${id}`,
  model_id: model,
  choices: [{ index: 0, turns }],
  tstamp: 1,
});

/** Answers of a model to questions, told apart by its name. */
export const answersOf = (model: string, questions: readonly MtBenchQuestion[]): MtBenchAnswer[] =>
  questions.map(({ question_id: id }) => answer(model, id, [`${model} one ${id}`, `${model} two ${id}`]));
