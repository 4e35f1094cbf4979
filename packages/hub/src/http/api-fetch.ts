import type { HubSettings } from '../settings/resolve-settings.ts';
import { failureOfError } from './failure-of-error.ts';
import { failureOfResponse } from './failure-of-response.ts';
import type { RequestSubject } from './hub-failure.ts';
import { hubRequest, withTimeout } from './hub-request.ts';
import { withRetries } from './with-retries.ts';

/**
 * A `fetch` for the API functions of `@huggingface/hub`, which try once, take only tokens that begin with `hf_`, and whose
 * errors have lost the headers that say what went wrong. This one returns whole answers in JSON only. Throws BezoarError
 * NOT_FOUND, PROVIDER_AUTH, PROVIDER_UNAVAILABLE, PROVIDER_REJECTED, INTERRUPTED.
 */
export function createApiFetch(subject: RequestSubject, settings: HubSettings): typeof fetch {
  return (input, init = {}) => {
    const url = input instanceof Request ? input.url : String(input);
    return withRetries(async () => {
      try {
        const signal = withTimeout(settings.signal, settings.idleTimeoutMs);
        const response = await hubRequest(url, { ...init, signal }, settings);
        if (!response.ok) {
          await response.body?.cancel();
          return { failure: failureOfResponse(response, subject, settings) };
        }
        const text = await response.text();
        JSON.parse(text);
        return { value: new Response(text, { headers: response.headers }) };
      } catch (cause) {
        return { failure: failureOfError(cause, subject) };
      }
    }, settings);
  };
}
