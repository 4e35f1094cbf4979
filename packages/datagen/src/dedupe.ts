import { createFunnel, type DroppedRow, type InstructionRow } from '@bezoar/core';
import type { GenerationResult } from './generation-result.ts';
import { createDuplicateFinder, type DuplicateSearch } from './quality/duplicate-finder.ts';

export interface DedupeOptions<Rows = readonly InstructionRow[]> extends DuplicateSearch {
  readonly rows: Rows;
  /** What is compared; the instruction by default. */
  readonly text?: (row: InstructionRow) => string;
}

export type DedupeDecision =
  | { readonly kept: true; readonly row: InstructionRow }
  | { readonly kept: false; readonly dropped: DroppedRow };

/**
 * Keeps the first of every group of texts that say the same: a row is dropped only when a kept row is its repeat, never
 * through a third one. `detail` names the cluster by the id of its kept row. Reasons: `duplicate`, `near-duplicate`.
 */
export function dedupe(options: DedupeOptions): GenerationResult {
  const decide = createDecider(options);
  const rows: InstructionRow[] = [];
  const dropped: DroppedRow[] = [];
  for (const row of options.rows) {
    const decision = decide(row);
    if (decision.kept) rows.push(decision.row);
    else dropped.push(decision.dropped);
  }
  return { rows, dropped, funnel: createFunnel('dedupe', rows.length, dropped) };
}

/** The same decisions one by one, for rows that do not fit into memory or do not exist yet. */
export async function* dedupeStream(
  options: DedupeOptions<Iterable<InstructionRow> | AsyncIterable<InstructionRow>>,
): AsyncGenerator<DedupeDecision, void> {
  const decide = createDecider(options);
  for await (const row of options.rows) yield decide(row);
}

function createDecider(options: Omit<DedupeOptions, 'rows'>): (row: InstructionRow) => DedupeDecision {
  const { text = ({ instruction }: InstructionRow) => instruction } = options;
  const finder = createDuplicateFinder(options);
  return (row) => {
    const finding = finder.findOrAdd(row.id, text(row));
    if (finding === undefined) return { kept: true, row };
    const { kind, cluster, evidence } = finding;
    const detail = `cluster ${cluster}; ${evidence}`;
    return { kept: false, dropped: { id: row.id, stage: 'dedupe', reason: kind, detail, row } };
  };
}
