export interface ConcurrencyOptions {
  /** Calls in flight at the start; 16 by default. */
  readonly initial?: number;
  /** Never more; 256 by default. */
  readonly max?: number;
}

/** How many calls may be in flight. */
export interface AdaptiveConcurrency {
  readonly limit: number;
  /** A call succeeded. `full`: every place was taken meanwhile. */
  succeeded(full: boolean): void;
  /**
   * The provider told the call of this ticket to slow down; `lastTicket` is the newest that was given out. True when this is the first word of a burst, false for the rest of it.
   */
  slowDown(ticket: number, lastTicket: number): boolean;
}

const cut = 0.75;

/**
 * Additive increase, multiplicative decrease (Chiu and Jain, 1989): one place more for every round of successes that used
 * all places, three quarters of the places after a burst of refusals. Calls that were already under way when the cut was
 * made belong to its burst and cut nothing more.
 */
export function createAdaptiveConcurrency({
  initial = 16,
  max = 256,
}: ConcurrencyOptions = {}): AdaptiveConcurrency {
  let limit = Math.max(1, Math.min(initial, max));
  let successes = 0;
  let cutAt = 0;
  return {
    get limit() {
      return limit;
    },
    succeeded(full) {
      if (!full || limit >= max || ++successes < limit) return;
      successes = 0;
      limit++;
    },
    slowDown(ticket, lastTicket) {
      if (ticket <= cutAt) return false;
      cutAt = lastTicket;
      successes = 0;
      limit = Math.max(1, Math.floor(limit * cut));
      return true;
    },
  };
}
