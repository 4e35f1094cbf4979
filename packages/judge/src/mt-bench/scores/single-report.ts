import { dropRepeats, isMissing, missingReason, type SingleJudgment } from '../files/judgment.ts';
import type { MtBenchQuestion } from '../files/question.ts';
import { ratingScale } from '../prompts/read-verdict.ts';
import { modelScores, type ModelScores } from './model-scores.ts';
import type { ScoreCellOptions } from './score-cell.ts';

export interface ReportOptions<Line> extends Pick<ScoreCellOptions, 'rounds' | 'seed'> {
  /** All that should have been judged. */
  readonly questions: readonly MtBenchQuestion[];
  readonly judgments: readonly Line[];
}

export interface SingleReport {
  readonly kind: 'single';
  /** The best average first. */
  readonly models: readonly ModelScores[];
  /** Lines that said again what another line had said; each verdict counts once. */
  readonly repeats: number;
}

/**
 * Scores from 1 to 10 with their intervals, what is missing, and what it could change. Without missing verdicts and repeated
 * lines the means are those of `singleTable`.
 */
export function singleReport({
  questions,
  judgments,
  ...options
}: ReportOptions<SingleJudgment>): SingleReport {
  const { judgments: lines, repeats } = dropRepeats(judgments);
  const byPlace = Map.groupBy(lines, ({ model, question_id: id, turn }) => JSON.stringify([model, id, turn]));
  const models = [...new Set(lines.map(({ model }) => model))].map((model) =>
    modelScores({
      ...options,
      model,
      questions,
      scale: ratingScale,
      expected: 1,
      findings: (id, turn) =>
        (byPlace.get(JSON.stringify([model, id, turn])) ?? []).map((line) => ({
          value: isMissing(line) ? null : line.score,
          missing: missingReason(line),
        })),
    }),
  );
  return { kind: 'single', models: models.sort((a, b) => b.average.score - a.average.score), repeats };
}
