import { BezoarError } from '@bezoar/core';
import { budgetExceeded, type Budget } from '../money/create-budget.ts';
import type { AdaptiveConcurrency } from './adaptive-concurrency.ts';
import { createWaitingList } from './waiting-list.ts';
import type { Clock } from './clock.ts';
import type { RateWindows, TokenCounts } from './rate-windows.ts';
import { interruptedCall } from './throw-if-interrupted.ts';

export interface Need {
  /** Lower goes first. */
  readonly order: number;
  readonly expected: TokenCounts;
  /** US dollars. */
  readonly worstCost: number;
  readonly signal: AbortSignal | undefined;
}

/** The right to make one try. */
export interface Permit {
  /** Counts the tries. */
  readonly ticket: number;
  /** Gives the place back, and settles tokens and cost. */
  end(actual: TokenCounts, cost: number | 'uncertain'): void;
}

/** Lets tries start when limits, places, pauses and the budget allow it, first come, first served. */
export interface Dispatcher {
  /** Throws BezoarError BUDGET_EXCEEDED, INTERRUPTED, PROVIDER_UNAVAILABLE (a pause longer than is allowed). */
  acquire(need: Need): Promise<Permit>;
  /** Nobody starts before; a later pause counts. Returns the milliseconds until then. */
  pause(milliseconds: number): number;
  rejectQueued(error: BezoarError): void;
  /** Starts what may start: to be called when something outside has changed. */
  pump(): void;
  readonly inFlight: number;
  readonly queued: number;
  readonly lastTicket: number;
  readonly pausedForMs: number;
}

export interface DispatcherOptions {
  readonly windows: RateWindows;
  readonly concurrency: AdaptiveConcurrency;
  readonly budget: Budget;
  readonly clock: Clock;
  readonly maxWaitMs: number;
}

interface Waiter extends Need {
  gone: boolean;
  readonly resolve: (permit: Permit) => void;
  readonly reject: (error: BezoarError) => void;
}

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { windows, concurrency, budget, clock, maxWaitMs } = options;
  const queue = createWaitingList<Waiter>();
  const timer = createTimer(clock, pump);
  let inFlight = 0;
  let lastTicket = 0;
  let pausedUntil = -Infinity;
  budget.onSettle(pump);

  function pump(): void {
    for (let head = queue.peek(); head !== undefined; head = queue.peek()) {
      const paused = pausedUntil - clock.now();
      if (paused > maxWaitMs) {
        leave(head).reject(pausedTooLong(paused));
        continue;
      }
      if (inFlight >= concurrency.limit) break;
      const wait = Math.max(paused, windows.waitFor(head.expected));
      if (wait > 0) {
        timer.wakeIn(wait);
        return;
      }
      const reservation = budget.reserve(head.worstCost);
      // What is in flight settles, and that pumps again.
      if (reservation === 'wait') break;
      if (reservation === 'exceeded') leave(head).reject(budgetExceeded(budget.state(), head.worstCost));
      else leave(head).resolve(start(head));
    }
    timer.stop();
  }

  function leave(waiter: Waiter): Waiter {
    waiter.gone = true;
    queue.shift();
    return waiter;
  }

  function start({ expected, worstCost }: Need): Permit {
    const settle = windows.take(expected);
    inFlight++;
    return {
      ticket: ++lastTicket,
      end(actual, cost) {
        inFlight--;
        settle(actual);
        budget.settle(worstCost, cost);
      },
    };
  }

  return {
    acquire(need) {
      return new Promise<Permit>((resolve, reject) => {
        const { signal } = need;
        const stop = (): void => {
          waiter.gone = true;
          reject(interruptedCall());
          pump();
        };
        const waiter: Waiter = {
          ...need,
          gone: false,
          resolve(permit) {
            signal?.removeEventListener('abort', stop);
            resolve(permit);
          },
          reject(error) {
            signal?.removeEventListener('abort', stop);
            reject(error);
          },
        };
        if (signal?.aborted === true) {
          reject(interruptedCall());
          return;
        }
        signal?.addEventListener('abort', stop, { once: true });
        queue.push(waiter);
        pump();
      });
    },
    pause(milliseconds) {
      pausedUntil = Math.max(pausedUntil, clock.now() + milliseconds);
      return Math.max(0, pausedUntil - clock.now());
    },
    rejectQueued(error) {
      for (const waiter of queue.drain()) {
        waiter.gone = true;
        waiter.reject(error);
      }
      timer.stop();
    },
    pump,
    get inFlight() {
      return inFlight;
    },
    get queued() {
      return queue.size;
    },
    get lastTicket() {
      return lastTicket;
    },
    get pausedForMs() {
      return Math.max(0, pausedUntil - clock.now());
    },
  };
}

function pausedTooLong(milliseconds: number): BezoarError {
  const seconds = Math.ceil(milliseconds / 1000);
  return new BezoarError(
    'PROVIDER_UNAVAILABLE',
    `The provider asks to wait ${seconds} s before the next call.`,
    {
      advice: 'Run the same command again then: calls that were answered are not made twice.',
      data: { retryAfterMs: milliseconds },
    },
  );
}

/** One alarm at a time, none when nobody waits: it would keep the process alive. */
function createTimer(clock: Clock, ring: () => void): { wakeIn(milliseconds: number): void; stop(): void } {
  let current: { readonly at: number; readonly controller: AbortController } | undefined;
  const stop = (): void => {
    current?.controller.abort();
    current = undefined;
  };
  return {
    stop,
    wakeIn(milliseconds) {
      const at = clock.now() + milliseconds;
      if (current?.at === at) return;
      stop();
      const controller = new AbortController();
      current = { at, controller };
      void clock.sleep(milliseconds, controller.signal).then(() => {
        if (controller.signal.aborted) return;
        current = undefined;
        ring();
      });
    },
  };
}
