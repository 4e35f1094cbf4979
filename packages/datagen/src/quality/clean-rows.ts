import { BezoarError, type DroppedRow, type Funnel, type InstructionRow, type RunEvent } from '@bezoar/core';
import { dedupe, type DedupeOptions } from '../dedupe.ts';
import type { GenerationResult } from '../generation-result.ts';
import type { CleaningStep } from './cleaning-step.ts';

export interface CleanRowsOptions {
  readonly rows: readonly InstructionRow[];
  /** Each sees what the one before has kept. Cheap filters go first. */
  readonly steps: readonly CleaningStep[];
  readonly stage?: string;
  readonly signal?: AbortSignal | undefined;
}

export interface CleanRowsResult extends GenerationResult {
  /** One funnel per step, in order. */
  readonly steps: readonly Funnel[];
}

/**
 * Runs filters one after another over rows that a scheme has made. The events hold a funnel per step; the funnel of the
 * whole counts every reason in the order of the steps. The same rows and steps give the same result.
 * Throws BezoarError INTERRUPTED.
 */
export async function* cleanRows(options: CleanRowsOptions): AsyncGenerator<RunEvent, CleanRowsResult> {
  const { steps, stage = 'clean', signal } = options;
  let { rows } = options;
  const dropped: DroppedRow[] = [];
  const funnels: Funnel[] = [];
  for (const [done, step] of steps.entries()) {
    if (signal?.aborted === true)
      throw new BezoarError('INTERRUPTED', `Cleaning was stopped before ${step.stage}.`, {
        cause: signal.reason,
      });
    yield { type: 'progress', stage, done, total: steps.length, note: step.stage };
    const result = await step.run(rows);
    ({ rows } = result);
    for (const row of result.dropped) dropped.push(row);
    funnels.push(result.funnel);
    yield { type: 'funnel', stage: `${stage}/${step.stage}`, funnel: result.funnel };
  }
  const funnel = { stage, input: options.rows.length, kept: rows.length, dropped: countReasons(funnels) };
  yield { type: 'funnel', stage, funnel };
  return { rows, dropped, funnel, steps: funnels };
}

/** `dedupe` as a step of `cleanRows`. */
export function dedupeStep(options: Omit<DedupeOptions, 'rows'> = {}): CleaningStep {
  return { stage: 'dedupe', run: (rows) => dedupe({ ...options, rows }) };
}

function countReasons(funnels: readonly Funnel[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { dropped } of funnels)
    for (const [reason, count] of Object.entries(dropped)) counts[reason] = (counts[reason] ?? 0) + count;
  return counts;
}
