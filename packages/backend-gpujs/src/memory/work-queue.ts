/** Jobs in program order. */
export interface WorkQueue {
  /**
   * Runs a job at once while no other is waiting for the device, otherwise after those before it. A job that returns a promise
   * holds up all later ones. What a job throws is thrown here if it runs at once, and by `settled` if it does not.
   */
  enqueue(job: () => void | PromiseLike<void>): void;
  /** True while a job is under way. */
  readonly busy: boolean;
  /** When all jobs so far are done. Rejects with what the first failed one threw. */
  settled(): Promise<void>;
}

/**
 * gpu.js answers kernel calls synchronously today and, under its asynchronous contract (`asyncMode`, its default from version 3
 * on), with promises. Through this queue the ops are the same for both.
 */
export function createWorkQueue(): WorkQueue {
  const waiting: (() => void | PromiseLike<void>)[] = [];
  let running: Promise<void> | undefined;
  let failure: { readonly error: unknown } | undefined;

  async function drain(first: PromiseLike<void>): Promise<void> {
    try {
      await first;
      for (let job = waiting.shift(); job; job = waiting.shift()) await job();
    } catch (error) {
      failure ??= { error };
      waiting.length = 0;
    } finally {
      running = undefined;
    }
  }

  return {
    enqueue(job) {
      if (running) {
        waiting.push(job);
        return;
      }
      const pending = job();
      if (pending) running = drain(pending);
    },
    get busy() {
      return running !== undefined;
    },
    async settled() {
      await running;
      if (failure) throw failure.error;
    },
  };
}
