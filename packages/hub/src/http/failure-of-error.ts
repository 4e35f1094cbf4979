import { BezoarError } from '@bezoar/core';
import type { HubFailure, RequestSubject } from './hub-failure.ts';

/** What was thrown in place of an answer, or in the middle of it: broken connections, timeouts, half a JSON. */
export function failureOfError(cause: unknown, { repo, writes }: RequestSubject): HubFailure {
  if (BezoarError.isInstance(cause)) return { error: cause, retryable: false };
  const code = systemCode(cause);
  const why = code ?? (cause as Error).message;
  return {
    retryable: true,
    error: new BezoarError('PROVIDER_UNAVAILABLE', `The Hub could not be asked for ${repo.name}: ${why}.`, {
      advice:
        writes === true
          ? 'Check the network, and HF_ENDPOINT when it is set, and do the same again: what has been uploaded is not sent twice.'
          : 'Check the network, and HF_ENDPOINT when it is set; what is in the cache can be read with HF_HUB_OFFLINE=1.',
      data: { ...(code === undefined ? {} : { code }) },
    }),
  };
}

/** The system's name of what went wrong stands somewhere in the chain of causes. */
function systemCode(error: unknown): string | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    const { code } = each as NodeJS.ErrnoException;
    if (typeof code === 'string') return code;
  }
  return undefined;
}
