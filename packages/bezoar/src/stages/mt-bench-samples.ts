import {
  indexAnswers,
  isMissing,
  type MtBenchAnswer,
  type MtBenchQuestion,
  type PairJudgment,
  type SingleJudgment,
} from '@bezoar/judge';
import type { AnswerSample } from './eval-scores.ts';

export interface MtBenchSampleOptions {
  readonly questions: readonly MtBenchQuestion[];
  readonly answers: readonly MtBenchAnswer[];
  readonly judgments: readonly (SingleJudgment | PairJudgment)[];
  /** In the order in which they are shown. */
  readonly models: readonly string[];
}

/** Of the first question of each category the first turn: what each model answered, and what the judge gave for it. */
export function mtBenchSamples({
  questions,
  answers,
  judgments,
  models,
}: MtBenchSampleOptions): AnswerSample[] {
  const index = indexAnswers(answers);
  const scores = new Map(
    judgments.flatMap((line) =>
      'model' in line && line.turn === 1 && !isMissing(line)
        ? [[JSON.stringify([line.model, line.question_id]), line.score] as const]
        : [],
    ),
  );
  const firsts = [...Map.groupBy(questions, ({ category }) => category).values()].map(([first]) => first!);
  return firsts.flatMap(({ question_id: id, category, turns }): AnswerSample[] => {
    const given = models.flatMap((model) => {
      const text = index.turns(model, id)?.[0];
      if (text === undefined) return [];
      return [[model, { text, score: scores.get(JSON.stringify([model, id])) ?? null }] as const];
    });
    if (given.length === 0) return [];
    return [
      { task: category, prompt: turns[0] ?? '', target: '', rated: true, answers: Object.fromEntries(given) },
    ];
  });
}
