import type { RunEvent } from './nouns/run-event.ts';

/** What a running job may use: it tells events, and ends when the signal is aborted. */
export interface JobScope {
  readonly emit: (event: RunEvent) => void;
  readonly signal: AbortSignal;
}

/**
 * Runs a job that calls back, and yields what it tells as it is told. Who stops listening ends the job: it is aborted and
 * waited for, so that nothing uses the model afterwards.
 */
export async function* eventsWhile<Result>(
  job: (scope: JobScope) => Promise<Result>,
  signal?: AbortSignal,
): AsyncGenerator<RunEvent, Result> {
  const events: RunEvent[] = [];
  const abandoned = new AbortController();
  let wake = (): void => undefined;
  let running = true;
  const work = job({
    emit(event) {
      events.push(event);
      wake();
    },
    signal: signal === undefined ? abandoned.signal : AbortSignal.any([signal, abandoned.signal]),
  });
  const settled = work
    .then(
      () => undefined,
      () => undefined,
    )
    .then(() => {
      running = false;
      wake();
    });
  try {
    for (;;) {
      yield* events.splice(0);
      if (!isRunning()) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (events.length > 0 || !isRunning()) resolve();
      });
    }
    return await work;
  } finally {
    abandoned.abort();
    await settled;
  }

  /** A function, because the flag changes while the loop waits. */
  function isRunning(): boolean {
    return running;
  }
}
