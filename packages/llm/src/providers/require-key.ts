import { BezoarError } from '@bezoar/core';

export interface RequireKeyOptions {
  /** For messages: `openai:gpt-4o`. */
  readonly model: string;
  readonly apiKey: string | undefined;
  readonly baseURL: string | undefined;
  /** The variable that usually holds the key. */
  readonly variable: string;
}

/** The key, or a placeholder for a server on this machine. Throws BezoarError PROVIDER_AUTH before any call is made. */
export function requireKey({ model, apiKey, baseURL, variable }: RequireKeyOptions): string {
  if (apiKey !== undefined && apiKey !== '') return apiKey;
  if (baseURL !== undefined && isLocal(baseURL)) return 'none';
  throw new BezoarError('PROVIDER_AUTH', `There is no API key for ${model}.`, {
    advice: `Set ${variable} in the environment.`,
  });
}

function isLocal(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname);
}
