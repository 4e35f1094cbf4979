import { positionReport, type PositionReport } from '../../pairwise/position-report.ts';
import type { Winner } from '../../pairwise/comparison.ts';
import { dropRepeats, missingReason, type PairJudgment, type PairWinner } from '../files/judgment.ts';
import { modelScores, type ModelScores } from './model-scores.ts';
import { pairTable, pairWinner, type PairTableOptions, type PairTableRow } from './pair-table.ts';
import type { ReportOptions } from './single-report.ts';

export interface PairReport {
  readonly kind: 'pairwise';
  readonly baseline?: string | undefined;
  /** Scores are adjusted win rates from 0 to 1, the best first: a tie counts half, a missing verdict nothing. */
  readonly models: readonly ModelScores[];
  /** FastChat's counts, each verdict once. */
  readonly table: readonly PairTableRow[];
  /** How the judge's verdicts hang on the order. */
  readonly position: PositionReport;
  readonly repeats: number;
}

/** Adjusted win rates with their intervals, what is missing, what it could change, and the judge's position bias. */
export function pairReport(options: ReportOptions<PairJudgment> & PairTableOptions): PairReport {
  const { questions, judgments, baseline, ...cellOptions } = options;
  const { judgments: all, repeats } = dropRepeats(judgments);
  const lines =
    baseline === undefined
      ? all
      : all.filter(({ model_1: first, model_2: second }) => baseline === first || baseline === second);
  const byPlace = Map.groupBy(lines, ({ question_id: id, turn }) => JSON.stringify([id, turn]));
  const everyone = [...new Set(lines.flatMap(({ model_1: first, model_2: second }) => [first, second]))];
  const models = everyone
    .filter((model) => model !== baseline)
    .map((model) => {
      const opponents = new Set(
        lines.flatMap(({ model_1: first, model_2: second }) =>
          first === model ? [second] : second === model ? [first] : [],
        ),
      );
      return modelScores({
        ...cellOptions,
        model,
        questions,
        scale: [0, 1],
        expected: opponents.size,
        findings: (id, turn) =>
          (byPlace.get(JSON.stringify([id, turn])) ?? [])
            .filter(({ model_1: first, model_2: second }) => first === model || second === model)
            .map((line) => ({ value: shareOf(model, line), missing: missingReason(line) })),
      });
    });
  const winners: Readonly<Record<PairWinner, Winner | null>> = {
    model_1: 'a',
    model_2: 'b',
    tie: 'tie',
    error: null,
  };
  return {
    kind: 'pairwise',
    ...(baseline === undefined ? {} : { baseline }),
    models: models.sort((a, b) => b.average.score - a.average.score),
    table: pairTable(lines, { baseline }),
    position: positionReport(lines.map(({ g1_winner: g1, g2_winner: g2 }) => [winners[g1], winners[g2]])),
    repeats,
  };
}

/** 1 for a win, ½ for a tie, 0 for a loss; null without a verdict. */
function shareOf(model: string, line: PairJudgment): number | null {
  const winner = pairWinner(line);
  if (winner === 'error') return null;
  return winner === 'tie' ? 0.5 : Number(line[winner] === model);
}
