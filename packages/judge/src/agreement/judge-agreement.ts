import type { Judgment } from '@bezoar/core';

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
  const both = rows
    .map((judgments) => judges.map((name) => statusBy(judgments, name)))
    .filter((statuses) => statuses.every((status) => status === 'accept' || status === 'reject'));
  const count = both.length;
  const same = both.filter(([a, b]) => a === b).length / count;
  const accepts = [0, 1].map(
    (side) => both.filter((statuses) => statuses[side] === 'accept').length / count,
  ) as [number, number];
  const chance = accepts[0] * accepts[1] + (1 - accepts[0]) * (1 - accepts[1]);
  return { judges, rows: count, raw: same, kappa: (same - chance) / (1 - chance) };
}
