import type { Clock } from '../schedule/clock.ts';

export interface TestClock extends Clock {
  /** Lets time pass: whoever sleeps wakes in order, and may go to sleep again. */
  advance(milliseconds: number): Promise<void>;
}

/** A clock that stands still until it is told to go on. */
export function createTestClock(): TestClock {
  let time = 0;
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();
  // Everything that is ready to run, promises included, runs first.
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    now: () => time,
    sleep(milliseconds, signal) {
      return new Promise((resolve) => {
        const sleeper = {
          at: time + milliseconds,
          wake: (): void => {
            sleepers.delete(sleeper);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', sleeper.wake, { once: true });
      });
    },
    async advance(milliseconds) {
      const end = time + milliseconds;
      await settle();
      for (;;) {
        const [next] = [...sleepers].sort((a, b) => a.at - b.at);
        if (next === undefined || next.at > end) break;
        time = Math.max(time, next.at);
        next.wake();
        await settle();
      }
      time = end;
    },
  };
}
