import { BezoarError } from '@bezoar/core';
import type { RateLimitState } from './rate-limit-state.ts';

/** What a scheduler has to know about a failed try. */
export interface CallFailure {
  readonly retryable: boolean;
  /** The provider asks everyone to slow down, not only this call. */
  readonly slowDown: boolean;
  readonly retryAfterMs: number | undefined;
  readonly rateLimit: RateLimitState | undefined;
  readonly mayBeBilled: boolean;
}

/** Reads the errors that the `ChatModel` contract promises. Any other error is final, and may have cost money. */
export function readCallFailure(error: unknown): CallFailure {
  if (!BezoarError.isInstance(error)) return { ...final, mayBeBilled: true };
  const { status, retryAfterMs, rateLimit, mayBeBilled } = error.data as {
    readonly status?: number;
    readonly retryAfterMs?: number;
    readonly rateLimit?: RateLimitState;
    readonly mayBeBilled?: boolean;
  };
  if (error.code === 'INTERRUPTED') return { ...final, mayBeBilled: true };
  if (error.code !== 'PROVIDER_UNAVAILABLE') return { ...final, rateLimit };
  return {
    retryable: true,
    slowDown: status === 429 || status === 529 || (status === 503 && retryAfterMs !== undefined),
    retryAfterMs,
    rateLimit,
    mayBeBilled: mayBeBilled ?? status === undefined,
  };
}

const final: CallFailure = {
  retryable: false,
  slowDown: false,
  retryAfterMs: undefined,
  rateLimit: undefined,
  mayBeBilled: false,
};
