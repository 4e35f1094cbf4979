import { BezoarError } from '@bezoar/core';

export interface RequireKeyOptions {
  /** For messages: `openai:gpt-4o`. */
  readonly model: string;
  readonly apiKey: string | undefined;
  readonly baseURL: string | undefined;
  /** The variable that usually holds the key. */
  readonly variable: string;
}

/**
 * The key, or a placeholder for a server on this machine. Throws BezoarError before any call is made: PROVIDER_AUTH (no key, or none that
 * a header can carry), BAD_CONFIG (an address that is none, or holds a user or a password). None of them shows either.
 */
export function requireKey({ model, apiKey: given = '', baseURL, variable }: RequireKeyOptions): string {
  if (baseURL !== undefined) checkAddress(model, baseURL, variable);
  // Files of variables like to end their lines in other ways.
  const apiKey = given.trim();
  if (apiKey !== '' && /^[\x21-\x7e]+$/.test(apiKey)) return apiKey;
  if (apiKey !== '')
    throw new BezoarError(
      'PROVIDER_AUTH',
      `The API key for ${model} holds a space, a line break or another character that no key has.`,
      {
        advice: `Set ${variable} in the environment to the key alone.`,
      },
    );
  if (baseURL !== undefined && isLocal(baseURL)) return 'none';
  throw new BezoarError('PROVIDER_AUTH', `There is no API key for ${model}.`, {
    advice: `Set ${variable} in the environment.`,
  });
}

function checkAddress(model: string, baseURL: string, variable: string): void {
  const url = URL.parse(baseURL);
  if (url === null)
    throw new BezoarError('BAD_CONFIG', `The base URL of ${model} is no address.`, {
      advice: 'Write it like http://127.0.0.1:8000/v1.',
    });
  if (url.username === '' && url.password === '') return;
  throw new BezoarError(
    'BAD_CONFIG',
    `The base URL of ${model} holds a user or a password, which no request can carry.`,
    {
      advice: `Take them out of the address; a key goes into ${variable}.`,
    },
  );
}

function isLocal(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname);
}
