import { BezoarError } from '@bezoar/core';

/** For a setting of a `config.json` that would be computed wrongly. */
export function unsupported(what: string, thing: string, advice?: string): BezoarError {
  return new BezoarError(
    'UNSUPPORTED',
    `${what}: ${thing} is not supported.`,
    advice === undefined ? {} : { advice },
  );
}
