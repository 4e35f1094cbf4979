import { BezoarError } from './bezoar-error.ts';

/** One clear sentence (or two, with the advice) for a terminal or a log line. */
export function describeError(error: unknown): string {
  if (BezoarError.isInstance(error)) {
    if (error.advice === undefined) return error.message;
    const stop = /[.!?]$/.test(error.message) ? '' : '.';
    return `${error.message}${stop} ${error.advice}`;
  }
  return error instanceof Error ? error.message : String(error);
}
