import type { HubSettings } from '../settings/resolve-settings.ts';

/**
 * One request. The token goes to the endpoint and to nobody else: links to other pages of a list come from the server, and
 * fetch itself drops it where a file's address leads to another host.
 */
export function hubRequest(url: string, init: RequestInit, settings: HubSettings): Promise<Response> {
  const { endpoint, token } = settings;
  const headers = new Headers(init.headers);
  if (token !== undefined && new URL(url).origin === new URL(endpoint).origin)
    headers.set('authorization', `Bearer ${token}`);
  return settings.fetch(url, { ...init, headers });
}

/** Fires when the caller's signal does, or after the time. */
export function withTimeout(signal: AbortSignal | undefined, milliseconds: number): AbortSignal {
  const timeout = AbortSignal.timeout(milliseconds);
  return signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
}
