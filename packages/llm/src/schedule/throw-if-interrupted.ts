import { BezoarError } from '@bezoar/core';

/** Throws BezoarError INTERRUPTED when the signal has fired. */
export function throwIfInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw interruptedCall();
}

/** `mayBeBilled`: the request was on its way. */
export function interruptedCall({ mayBeBilled = false }: { mayBeBilled?: boolean } = {}): BezoarError {
  return new BezoarError('INTERRUPTED', 'The call was stopped.', {
    advice: 'Run the same command again to go on.',
    data: { mayBeBilled },
  });
}
