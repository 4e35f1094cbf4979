import type { HubSettings } from '../settings/resolve-settings.ts';
import { failureOfError } from './failure-of-error.ts';
import { failureOfResponse } from './failure-of-response.ts';
import type { RequestSubject } from './hub-failure.ts';
import { hubRequest, withTimeout } from './hub-request.ts';
import { withRetries, type Attempt } from './with-retries.ts';

export interface HubCall {
  readonly url: string;
  /** Sent by POST; a string as it is, anything else as JSON. Without it, the call is a GET. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses beside 2xx that are answers. */
  readonly accept?: readonly number[];
  /** `idleTimeoutMs` by default. */
  readonly timeoutMs?: number;
  readonly subject: RequestSubject;
}

export interface HubAnswer {
  readonly status: number;
  /** Parsed JSON; undefined where the body is none, as those of refusals may be. */
  readonly json: unknown;
}

/** Calls the Hub until it answers. Throws BezoarError NOT_FOUND, PROVIDER_AUTH, PROVIDER_UNAVAILABLE, PROVIDER_REJECTED, INTERRUPTED. */
export function callHub(call: HubCall, settings: HubSettings): Promise<HubAnswer> {
  return withRetries(() => tryHub(call, settings), settings);
}

/** Calls the Hub once. */
export async function tryHub(call: HubCall, settings: HubSettings): Promise<Attempt<HubAnswer>> {
  const { url, body, contentType = 'application/json', accept = [], subject } = call;
  try {
    const signal = withTimeout(settings.signal, call.timeoutMs ?? settings.idleTimeoutMs);
    const sent: RequestInit =
      body === undefined
        ? { headers: { ...call.headers } }
        : {
            method: 'POST',
            headers: { ...call.headers, 'content-type': contentType },
            body: typeof body === 'string' ? body : JSON.stringify(body),
          };
    const response = await hubRequest(url, { ...sent, signal }, settings);
    const { status, ok } = response;
    if (!ok && !accept.includes(status)) {
      await response.body?.cancel();
      return { failure: failureOfResponse(response, subject, settings) };
    }
    const text = await response.text();
    return { value: { status, json: ok && text !== '' ? (JSON.parse(text) as unknown) : undefined } };
  } catch (cause) {
    return { failure: failureOfError(cause, subject) };
  }
}
