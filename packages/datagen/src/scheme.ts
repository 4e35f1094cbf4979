import { createFunnel, type DroppedRow, type Funnel, type InstructionRow, type RunEvent } from '@bezoar/core';
import type { GenerationResult } from './generation-result.ts';

/** What a scheme does one after another: a row is accepted, or dropped, or it has something to tell. */
export type SchemeStep =
  | { readonly type: 'row'; readonly row: InstructionRow }
  | { readonly type: 'dropped'; readonly dropped: DroppedRow }
  | RunEvent;

/** Who wants more of a scheme than its rows. */
export interface SchemeListeners {
  /** What did not become a row, and why. */
  readonly onDropped?: (dropped: DroppedRow) => void;
  /** Progress, warnings, and at the end the funnel. */
  readonly onEvent?: (event: RunEvent) => void;
}

/** A scheme as a stream of rows, each as soon as it is accepted. Its return value counts them all. */
export async function* schemeRows(
  stage: string,
  steps: AsyncIterable<SchemeStep>,
  { onDropped, onEvent }: SchemeListeners,
): AsyncGenerator<InstructionRow, Funnel> {
  const dropped: Pick<DroppedRow, 'reason'>[] = [];
  let kept = 0;
  for await (const step of steps) {
    if (step.type === 'row') {
      kept++;
      yield step.row;
    } else if (step.type === 'dropped') {
      dropped.push({ reason: step.dropped.reason });
      onDropped?.(step.dropped);
    } else onEvent?.(step);
  }
  const funnel = createFunnel(stage, kept, dropped);
  onEvent?.({ type: 'funnel', stage, funnel });
  return funnel;
}

/** A scheme as a job: its events as they come, all rows at the end. */
export async function* schemeJob(
  stage: string,
  steps: AsyncIterable<SchemeStep>,
): AsyncGenerator<RunEvent, GenerationResult> {
  const rows: InstructionRow[] = [];
  const dropped: DroppedRow[] = [];
  for await (const step of steps) {
    if (step.type === 'row') rows.push(step.row);
    else if (step.type === 'dropped') dropped.push(step.dropped);
    else yield step;
  }
  const funnel = createFunnel(stage, rows.length, dropped);
  yield { type: 'funnel', stage, funnel };
  return { rows, dropped, funnel };
}
