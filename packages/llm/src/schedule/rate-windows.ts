import { createMinuteWindow, type MinuteWindow } from './minute-window.ts';
import { limitKinds, type LimitKind, type RateLimitState } from './rate-limit-state.ts';

/** What may pass in a minute. What is left out is learnt from the provider's headers, or unlimited. */
export interface RateLimits {
  readonly requestsPerMinute?: number | undefined;
  /** Input and output together. */
  readonly tokensPerMinute?: number | undefined;
  readonly inputTokensPerMinute?: number | undefined;
  readonly outputTokensPerMinute?: number | undefined;
}

export interface TokenCounts {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** All limits of one model or account together. */
export interface RateWindows {
  waitFor(expected: TokenCounts): number;
  /** Reserves one request and its expected tokens; the returned function settles what they were. */
  take(expected: TokenCounts): (actual: TokenCounts) => void;
  learn(state: RateLimitState): void;
  /** The limits that hold now. */
  limits(): RateLimits;
}

const optionOf: Readonly<Record<LimitKind, keyof RateLimits>> = {
  requests: 'requestsPerMinute',
  tokens: 'tokensPerMinute',
  inputTokens: 'inputTokensPerMinute',
  outputTokens: 'outputTokensPerMinute',
};

/**
 * Headers may lower a limit that was given, never raise it: some providers tell a number that is above what they grant.
 */
export function createRateWindows(given: RateLimits, now: () => number): RateWindows {
  const windows = new Map<LimitKind, MinuteWindow>();
  for (const kind of limitKinds) {
    const limit = given[optionOf[kind]];
    if (limit !== undefined) windows.set(kind, createMinuteWindow(limit, now));
  }
  return {
    waitFor(expected) {
      let wait = 0;
      for (const [kind, window] of windows) wait = Math.max(wait, window.waitFor(amountOf(kind, expected)));
      return wait;
    },
    take(expected) {
      const corrections = [...windows].map(
        ([kind, window]) => [kind, window.take(amountOf(kind, expected))] as const,
      );
      return (actual) => {
        for (const [kind, correct] of corrections) correct(amountOf(kind, actual));
      };
    },
    learn(state) {
      for (const kind of limitKinds) {
        const { limit, remaining, resetMs } = state[kind] ?? {};
        let window = windows.get(kind);
        if (limit !== undefined && limit > 0) {
          const lower = Math.min(limit, given[optionOf[kind]] ?? Infinity);
          if (window === undefined) windows.set(kind, (window = createMinuteWindow(lower, now)));
          else if (window.limit !== lower) window.setLimit(lower);
        }
        // Against the provider's own number: ours may be lower, and then less remains here than there.
        if (window !== undefined && remaining !== undefined && (limit ?? window.limit) <= window.limit)
          window.resync(remaining, resetMs);
      }
    },
    limits() {
      return Object.fromEntries([...windows].map(([kind, { limit }]) => [optionOf[kind], limit]));
    },
  };
}

function amountOf(kind: LimitKind, { inputTokens, outputTokens }: TokenCounts): number {
  switch (kind) {
    case 'requests':
      return 1;
    case 'tokens':
      return inputTokens + outputTokens;
    case 'inputTokens':
      return inputTokens;
    case 'outputTokens':
      return outputTokens;
  }
}
