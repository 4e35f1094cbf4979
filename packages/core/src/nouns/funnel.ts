import type { DroppedRow } from './dropped-row.ts';

/** How many rows entered a stage, how many left it, and why the others did not. */
export interface Funnel {
  readonly stage: string;
  readonly input: number;
  readonly kept: number;
  /** Count per reason code. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** Counts the dropped rows by reason, most frequent first. */
export function createFunnel(
  stage: string,
  kept: number,
  dropped: readonly Pick<DroppedRow, 'reason'>[],
): Funnel {
  const counts = new Map<string, number>();
  for (const row of dropped) counts.set(row.reason, (counts.get(row.reason) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
  return { stage, input: kept + dropped.length, kept, dropped: Object.fromEntries(sorted) };
}
