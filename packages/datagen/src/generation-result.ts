import type { DroppedRow, Funnel, InstructionRow } from '@bezoar/core';

/** What every scheme returns: the rows, what did not become one and why, and the count of both. */
export interface GenerationResult {
  readonly rows: readonly InstructionRow[];
  readonly dropped: readonly DroppedRow[];
  readonly funnel: Funnel;
}
