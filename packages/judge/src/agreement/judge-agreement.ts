import type { Judgment } from '@bezoar/core';
import { cohenKappa } from './cohen-kappa.ts';

export interface JudgeAgreement {
  readonly judges: readonly [string, string];
  /** Rows that both judged readably. */
  readonly rows: number;
  /** Share of rows with the same status. */
  readonly raw: number;
  /** Cohen's κ (1960) on accept and reject: agreement beyond chance; NaN when chance alone would always agree. */
  readonly kappa: number;
}

/** Agreement of every pair of judges over the rows' verdicts. */
export function judgeAgreement(
  rows: readonly (readonly Judgment[])[],
  judges: readonly string[],
): JudgeAgreement[] {
  return judges.flatMap((first, index) =>
    judges.slice(index + 1).map((second) => pairAgreement(rows, [first, second])),
  );
}

function pairAgreement(
  rows: readonly (readonly Judgment[])[],
  judges: readonly [string, string],
): JudgeAgreement {
  const statusBy = (judgments: readonly Judgment[], name: string): Judgment['status'] | undefined =>
    judgments.find(({ judge }) => judge === name)?.status;
  const both = rows.flatMap((judgments): [string, string][] => {
    const [first, second] = [statusBy(judgments, judges[0]), statusBy(judgments, judges[1])];
    return isReadable(first) && isReadable(second) ? [[first, second]] : [];
  });
  const { items, raw, kappa } = cohenKappa(both);
  return { judges, rows: items, raw, kappa };
}

function isReadable(status: Judgment['status'] | undefined): status is 'accept' | 'reject' {
  return status === 'accept' || status === 'reject';
}
