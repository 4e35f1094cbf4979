import { createFunnel, type DroppedRow, type InstructionRow } from '@bezoar/core';
import type { GenerationResult } from './generation-result.ts';
import { createDuplicateIndex } from './text/duplicate-index.ts';

export interface DedupeOptions {
  readonly rows: readonly InstructionRow[];
  /** ROUGE-L F above which two instructions are the same; 0.7 by default, 1 for exact repeats only. */
  readonly threshold?: number;
}

/** Keeps the first of every group of instructions that say the same. Reasons: `duplicate`, `near-duplicate`. */
export function dedupe({ rows, threshold = 0.7 }: DedupeOptions): GenerationResult {
  const index = createDuplicateIndex({ threshold });
  const kept: InstructionRow[] = [];
  const dropped: DroppedRow[] = [];
  for (const row of rows) {
    const finding = index.find(row.instruction);
    if (finding !== undefined) {
      dropped.push({
        id: row.id,
        stage: 'dedupe',
        reason: finding.kind,
        detail: `same as: ${finding.of}`,
        row,
      });
      continue;
    }
    index.add(row.instruction);
    kept.push(row);
  }
  return { rows: kept, dropped, funnel: createFunnel('dedupe', kept.length, dropped) };
}
