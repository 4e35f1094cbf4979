import { BezoarError } from '@bezoar/core';
import type { HubSettings } from '../settings/resolve-settings.ts';
import type { HubFailure } from './hub-failure.ts';

export type Attempt<Value> = { readonly value: Value } | { readonly failure: HubFailure };

/** The first pause is random below this; each further one below twice as much. */
const baseDelayMs = 1000;

/**
 * Tries until it works: full jitter, or what the server asks for, as long as all pauses together stay under `maxWaitMs`.
 * Throws the failure's BezoarError, or INTERRUPTED when the signal fires.
 */
export async function withRetries<Value>(
  attempt: () => Promise<Attempt<Value>>,
  settings: HubSettings,
): Promise<Value> {
  const { maxRetries, maxWaitMs, rng, sleep, signal } = settings;
  let waited = 0;
  for (let tries = 0; ; tries++) {
    throwIfInterrupted(signal);
    const result = await attempt();
    if ('value' in result) return result.value;
    throwIfInterrupted(signal);
    const { failure } = result;
    if (failure.progressed === true) {
      tries = 0;
      waited = 0;
    }
    const pause = failure.retryAfterMs ?? rng.next() * baseDelayMs * 2 ** tries;
    if (!failure.retryable || tries >= maxRetries || waited + pause > maxWaitMs) throw failure.error;
    waited += pause;
    await sleep(pause, signal);
  }
}

export function throwIfInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  const reason: unknown = signal.reason;
  if (BezoarError.isInstance(reason)) throw reason;
  throw new BezoarError('INTERRUPTED', 'The transfer was stopped; what has arrived is kept.', {
    advice: 'Do the same again to go on from there.',
    cause: reason,
  });
}
