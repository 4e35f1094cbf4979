import type { RunEvent } from './nouns/run-event.ts';

/** Runs a job to its end and returns what it made. Its events, for a progress bar, go to `onEvent`. */
export async function finishJob<Result>(
  job: AsyncGenerator<RunEvent, Result>,
  onEvent?: (event: RunEvent) => void,
): Promise<Result> {
  for (;;) {
    const step = await job.next();
    if (step.done === true) return step.value;
    onEvent?.(step.value);
  }
}
