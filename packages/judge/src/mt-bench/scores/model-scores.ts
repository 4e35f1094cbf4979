import type { MissingVerdict } from '../files/judgment.ts';
import type { MtBenchQuestion } from '../files/question.ts';
import { turnsOf } from '../jobs/judge-options.ts';
import { scoreCell, type ScoreCell, type ScoreCellOptions } from './score-cell.ts';

/** A model's scores: over everything, by turn, by category, and by both. */
export interface ModelScores {
  readonly model: string;
  readonly average: ScoreCell;
  readonly turns: readonly [first: ScoreCell, second: ScoreCell];
  readonly categories: Readonly<
    Record<string, ScoreCell & { readonly turns: readonly [ScoreCell, ScoreCell] }>
  >;
  /** Why verdicts are missing. `not-judged`: there is no line at all. */
  readonly missing: Readonly<Partial<Record<MissingVerdict | 'not-judged', number>>>;
}

/** What a line says about a model: a number, or why there is none. */
export interface Finding {
  readonly value: number | null;
  readonly missing: MissingVerdict | undefined;
}

export interface ModelScoresOptions extends ScoreCellOptions {
  readonly model: string;
  readonly questions: readonly MtBenchQuestion[];
  /** All lines about a question and turn: one for single grading, one for each opponent in pairs. */
  readonly findings: (questionId: number, turn: 1 | 2) => readonly Finding[];
  /** How many there should be. */
  readonly expected: number;
}

/** Sums up a model over all questions that there are, judged or not. */
export function modelScores(options: ModelScoresOptions): ModelScores {
  const { model, questions, findings, expected, ...cellOptions } = options;
  const missing: Partial<Record<MissingVerdict | 'not-judged', number>> = {};
  const verdicts = questions.flatMap((question) =>
    turnsOf(question).flatMap((turn) => {
      const found = findings(question.question_id, turn);
      const absent = Array.from({ length: Math.max(0, expected - found.length) }, () => undefined);
      return [...found, ...absent].map((finding) => {
        const value = finding?.value ?? null;
        if (value === null) {
          const reason = finding?.missing ?? 'not-judged';
          missing[reason] = (missing[reason] ?? 0) + 1;
        }
        return { question: question.question_id, category: question.category, turn, value };
      });
    }),
  );
  const cell = (turn?: 1 | 2, category?: string): ScoreCell =>
    scoreCell(
      verdicts.filter(
        (verdict) =>
          (turn ?? verdict.turn) === verdict.turn && (category ?? verdict.category) === verdict.category,
      ),
      cellOptions,
    );
  const categories = [...new Set(questions.map(({ category }) => category))];
  return {
    model,
    average: cell(),
    turns: [cell(1), cell(2)],
    categories: Object.fromEntries(
      categories.map((category) => [
        category,
        { ...cell(undefined, category), turns: [cell(1, category), cell(2, category)] as const },
      ]),
    ),
    missing,
  };
}
