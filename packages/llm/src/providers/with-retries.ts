import { BezoarError, createRng } from '@bezoar/core';
import { systemClock } from '../schedule/clock.ts';
import { interruptedCall, throwIfInterrupted } from '../schedule/throw-if-interrupted.ts';
import { classifyFailure, providerError } from './failure.ts';

export interface RetryPolicy {
  /** Tries after the first one. 6 by default. */
  readonly maxRetries?: number;
  /** Waiting of one call, all its pauses together. 5 minutes by default. */
  readonly maxWaitMs?: number;
  /** The first pause is random below this; each further one below twice as much. 1 s by default. */
  readonly baseDelayMs?: number;
}

export interface RetryContext extends RetryPolicy {
  /** For messages. */
  readonly model: string;
  readonly apiKey: string | undefined;
  readonly signal: AbortSignal | undefined;
  /** False: one try. */
  readonly retry?: boolean | undefined;
}

/**
 * Calls until it works: full jitter (a random pause below a doubling bound), or what the provider's Retry-After asks for,
 * however long, as long as the whole wait stays under `maxWaitMs`.
 */
export async function withRetries<Result>(
  call: () => Promise<Result>,
  context: RetryContext,
): Promise<Result> {
  const { maxWaitMs = 300_000, baseDelayMs = 1000, model, apiKey, signal } = context;
  const maxRetries = context.retry === false ? 0 : (context.maxRetries ?? 6);
  const rng = createRng(`${model} ${performance.now()}`);
  let waited = 0;
  for (let attempt = 0; ; attempt++) {
    throwIfInterrupted(signal);
    try {
      return await call();
    } catch (error) {
      if (signal?.aborted === true)
        throw interruptedCall({ mayBeBilled: classifyFailure(error).mayBeBilled });
      // Somebody further in has decided already.
      if (BezoarError.isInstance(error)) throw error;
      const failure = classifyFailure(error);
      const pause = failure.retryAfterMs ?? rng.next() * baseDelayMs * 2 ** attempt;
      if (failure.class !== 'retryable' || attempt >= maxRetries || waited + pause > maxWaitMs) {
        throw providerError({ model, failure, apiKey });
      }
      waited += pause;
      await systemClock.sleep(pause, signal);
    }
  }
}
