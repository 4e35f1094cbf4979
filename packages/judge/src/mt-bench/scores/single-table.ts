import type { SingleJudgment } from '../files/judgment.ts';

/** A row of FastChat's `show_result` for single grading. */
export interface SingleTableRow {
  readonly model: string;
  /** NaN where nothing was judged. */
  readonly firstTurn: number;
  readonly secondTurn: number;
  /** Over all lines: not the mean of the turns' means. */
  readonly average: number;
}

/**
 * The numbers of FastChat's `show_result --mode single`, the best average first. Lines with score −1 are left out, and repeated
 * lines count each time, as there: `singleReport` says how many verdicts are missing and what they could change.
 */
export function singleTable(judgments: readonly SingleJudgment[]): SingleTableRow[] {
  const scored = judgments.filter(({ score }) => score !== -1);
  const models = [...new Set(scored.map(({ model }) => model))];
  return models
    .map((model) => {
      const own = scored.filter((judgment) => judgment.model === model);
      const ofTurn = (wanted: 1 | 2): number => mean(own.filter(({ turn }) => turn === wanted));
      return { model, firstTurn: ofTurn(1), secondTurn: ofTurn(2), average: mean(own) };
    })
    .sort((a, b) => b.average - a.average);
}

function mean(judgments: readonly SingleJudgment[]): number {
  return judgments.reduce((sum, { score }) => sum + score, 0) / judgments.length;
}
