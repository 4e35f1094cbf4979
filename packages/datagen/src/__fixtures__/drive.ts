import type { RunEvent } from '@bezoar/core';

/** Runs a scheme to its end. */
export async function drive<Result>(run: AsyncGenerator<RunEvent, Result>): Promise<{ events: RunEvent[]; result: Result }> {
  const events: RunEvent[] = [];
  for (;;) {
    const next = await run.next();
    if (next.done === true) return { events, result: next.value };
    events.push(next.value);
  }
}
