export interface CircuitOptions {
  /** Calls in a row that failed after all their tries; 5 by default. */
  readonly failures?: number;
  /** Then nothing is sent for this long, after which one call is let through to see. 30 s by default. */
  readonly probeAfterMs?: number;
}

export type CircuitState = 'closed' | 'open' | 'probing';

/** Stops asking a provider that is down. */
export interface CircuitBreaker {
  state(): CircuitState;
  /** Whether a call may start now; the first one after the pause is the probe. */
  admit(): 'call' | 'probe' | 'refused';
  succeeded(): void;
  /** A call failed for good. True when the circuit is open now. */
  failed(): boolean;
  /** The probe ended without saying anything about the provider: the next call probes. */
  abandonProbe(): void;
  /** Milliseconds until the next probe. */
  retryInMs(): number;
}

export function createCircuitBreaker(
  { failures = 5, probeAfterMs = 30_000 }: CircuitOptions,
  now: () => number,
): CircuitBreaker {
  let inARow = 0;
  let state: CircuitState = 'closed';
  let probeAt = 0;
  return {
    state: () => state,
    admit() {
      if (state === 'closed') return 'call';
      if (state === 'probing' || now() < probeAt) return 'refused';
      state = 'probing';
      return 'probe';
    },
    succeeded() {
      inARow = 0;
      state = 'closed';
    },
    failed() {
      inARow++;
      if (inARow < failures) return false;
      state = 'open';
      probeAt = now() + probeAfterMs;
      return true;
    },
    abandonProbe() {
      if (state === 'probing') state = 'open';
    },
    retryInMs: () => Math.max(0, probeAt - now()),
  };
}
