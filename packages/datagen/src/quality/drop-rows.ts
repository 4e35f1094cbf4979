import { createFunnel, type DroppedRow, type InstructionRow } from '@bezoar/core';
import type { GenerationResult } from '../generation-result.ts';

interface Objection {
  readonly reason: string;
  readonly detail: string;
}

/** Keeps the rows that a rule has nothing against. */
export function dropRows(
  stage: string,
  rows: readonly InstructionRow[],
  rule: (row: InstructionRow) => Objection | undefined,
): GenerationResult {
  const kept: InstructionRow[] = [];
  const dropped: DroppedRow[] = [];
  for (const row of rows) {
    const objection = rule(row);
    if (objection === undefined) kept.push(row);
    else dropped.push({ id: row.id, stage, ...objection, row });
  }
  return { rows: kept, dropped, funnel: createFunnel(stage, kept.length, dropped) };
}
