/** Time for everything that waits; injectable, so that tests take none. */
export interface Clock {
  /** Milliseconds that never run backwards. */
  now(): number;
  /** Resolves after the pause or when the signal fires, whichever comes first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** Longer timers fire at once in Node; who sleeps longer is woken, and looks again. */
const longestTimerMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep(milliseconds, signal) {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(milliseconds, longestTimerMs));
      signal?.addEventListener('abort', done);
      if (signal?.aborted === true) done();
    });
  },
};
