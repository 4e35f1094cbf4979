import { BezoarError } from '@bezoar/core';

/** What a worker does with a call that failed. */
export type Verdict =
  /** The caller shall know. */
  | { readonly kind: 'final' }
  /** Another worker, or the same one later, may have more luck. */
  | { readonly kind: 'elsewhere' }
  /**
   * The call was not made, for a reason that only this worker has: it goes back, and the worker takes no more calls for
   * this long, or ever.
   */
  | { readonly kind: 'give-back'; readonly resumeInMs: number | undefined };

/** Reasons that lie in the worker, and that time does not change. */
const ownReasons: readonly string[] = ['BUDGET_EXCEEDED', 'MISSING_DEPENDENCY'];

/** A worker that only fails is faster than those that work: it must not empty the queue. */
export function readVerdict(error: unknown): Verdict {
  if (!BezoarError.isInstance(error)) return { kind: 'final' };
  const { code, data } = error;
  if (ownReasons.includes(code)) return { kind: 'give-back', resumeInMs: undefined };
  if (code !== 'PROVIDER_UNAVAILABLE') return { kind: 'final' };
  const { circuit, retryInMs } = data as { readonly circuit?: string; readonly retryInMs?: number };
  return circuit === 'open' ? { kind: 'give-back', resumeInMs: retryInMs ?? 0 } : { kind: 'elsewhere' };
}
