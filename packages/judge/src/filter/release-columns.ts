import type { InstructionRow, Judgment } from '@bezoar/core';

/** The columns that the published OpenBezoar data sets have for a judge: all strings. */
export type ReleaseColumns = Record<string, string>;

/** `gpt4_status`, `gpt4_rating`, `gpt4_reason` for every judge of the row. */
export function toReleaseColumns({ judgments = [] }: Pick<InstructionRow, 'judgments'>): ReleaseColumns {
  return Object.fromEntries(
    judgments.flatMap(({ judge, status, rating, reason }) => [
      [`${judge}_status`, status],
      [`${judge}_rating`, rating === null ? '' : String(rating)],
      [`${judge}_reason`, reason],
    ]),
  );
}

/** Reads the verdict columns of a published row; statuses other than accept and reject become `error`. */
export function fromReleaseColumns(row: Readonly<Record<string, unknown>>): Judgment[] {
  return Object.keys(row)
    .filter((key) => /._status$/.test(key) && typeof row[key] === 'string')
    .filter((key) => key.replace(/status$/, 'rating') in row)
    .map((key) => {
      const judge = key.slice(0, -'_status'.length);
      const rating = readRating(row[`${judge}_rating`]);
      const reason = row[`${judge}_reason`];
      return {
        judge,
        status: readStatus(String(row[key])),
        rating,
        reason: typeof reason === 'string' ? reason : '',
      };
    });
}

function readStatus(text: string): Judgment['status'] {
  const lower = text.trim().toLowerCase();
  if (/^(?:accept|pass|yes|valid|good)/.test(lower)) return 'accept';
  if (/^(?:reject|fail|no|invalid|bad)/.test(lower)) return 'reject';
  return 'error';
}

/** Published ratings are strings such as "8" or "8/10". */
function readRating(value: unknown): number | null {
  const rating =
    typeof value === 'number' ? value : Number.parseFloat(typeof value === 'string' ? value : '');
  return Number.isNaN(rating) ? null : rating;
}
