import { BezoarError } from '@bezoar/core';
import type { RateLimitState } from '../schedule/rate-limit-state.ts';
import { errorSubject, type ErrorSubject } from './error-subject.ts';
import { readRateLimit } from './rate-limit-headers.ts';

/** What a failed call means for the caller. */
export type FailureClass =
  /** Try again: rate limits, overload, timeouts, broken connections. */
  | 'retryable'
  /** The key is wrong or missing, or nobody pays for it: every other call will fail too. */
  | 'auth'
  /** This request is wrong; others may be fine. */
  | 'rejected';

export interface ProviderFailure {
  readonly class: FailureClass;
  readonly status: number | undefined;
  readonly subject: ErrorSubject;
  /** The provider's own words. */
  readonly message: string;
  /** How long the provider asks to wait. */
  readonly retryAfterMs: number | undefined;
  readonly rateLimit: RateLimitState | undefined;
  /** The request reached the provider and no answer came back whole: it may stand on the bill. */
  readonly mayBeBilled: boolean;
}

/** Reads the error of either SDK: both carry `status`, `headers` and a message. */
export function classifyFailure(error: unknown): ProviderFailure {
  const { status, headers } = error as { status?: unknown; headers?: unknown };
  const code = typeof status === 'number' ? status : undefined;
  const subject = errorSubject(error);
  return {
    class: classOf(code, subject),
    status: code,
    subject,
    message: providerMessage(error),
    retryAfterMs: headers instanceof Headers ? retryAfter(headers) : undefined,
    rateLimit: headers instanceof Headers ? readRateLimit(headers) : undefined,
    mayBeBilled: code === undefined ? !neverSent(error) : timeouts.includes(code),
  };
}

/** A failure that is told inside of an answer: that of one request of a batch. It is not billed. */
export function failureOf(status: number, message: string): ProviderFailure {
  const subject = status === 402 ? 'account' : 'call';
  return {
    class: classOf(status, subject),
    status,
    subject,
    message,
    retryAfterMs: undefined,
    rateLimit: undefined,
    mayBeBilled: false,
  };
}

/** Someone on the way stopped waiting; the provider may have gone on. */
const timeouts: readonly number[] = [408, 504, 524];

const connectFailures: ReadonlySet<string> = new Set(
  'ECONNREFUSED ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH UND_ERR_CONNECT_TIMEOUT'.split(' '),
);

/** No connection was made: the system's code stands somewhere in the chain of causes. */
function neverSent(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) {
    const { code } = each as NodeJS.ErrnoException;
    if (code !== undefined && connectFailures.has(code)) return true;
  }
  return false;
}

function classOf(status: number | undefined, subject: ErrorSubject): FailureClass {
  if (status === undefined) return 'retryable';
  if (subject === 'account') return 'auth';
  if (subject === 'content') return 'rejected';
  if (status === 401 || status === 403) return 'auth';
  if (status === 408 || status === 409 || status === 429 || status >= 500) return 'retryable';
  return 'rejected';
}

/** `retry-after-ms`, or `retry-after` in seconds or as a date. */
function retryAfter(headers: Headers): number | undefined {
  const milliseconds = Number(headers.get('retry-after-ms') ?? Number.NaN);
  if (Number.isFinite(milliseconds)) return milliseconds;
  const text = headers.get('retry-after');
  if (text === null) return undefined;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return seconds * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

function providerMessage(error: unknown): string {
  const { message, cause } = error as { message?: unknown; cause?: unknown };
  const own = typeof message === 'string' ? message : String(error);
  const inner = cause instanceof Error ? ` (${cause.message})` : '';
  return own + inner;
}

export interface ProviderErrorOptions {
  readonly model: string;
  readonly failure: ProviderFailure;
  /** Cut out of every text, should the provider have echoed it. */
  readonly apiKey: string | undefined;
}

/**
 * The typed error of a call that is given up. The SDK's error is not kept as a cause: it holds the request's headers, and
 * with them the key.
 */
export function providerError({ model, failure, apiKey }: ProviderErrorOptions): BezoarError {
  const message = redact(failure.message, apiKey);
  const { status, subject, retryAfterMs, rateLimit, mayBeBilled } = failure;
  const data = { model, status, subject, retryAfterMs, rateLimit, mayBeBilled };
  const said = message === '' ? '' : ` It said: ${message}`;
  switch (failure.class) {
    case 'auth':
      if (subject === 'account') {
        return new BezoarError(
          'PROVIDER_AUTH',
          `${model} wants to be paid first (${status ?? 'no status'}).${said}`,
          {
            advice:
              'Pay into the account, or set the key of another one; nothing that was made so far is lost.',
            data,
          },
        );
      }
      return new BezoarError(
        'PROVIDER_AUTH',
        `${model} refused the API key (${status ?? 'no key'}).${said}`,
        {
          advice: 'Set the right key in the environment; nothing that was made so far is lost.',
          data,
        },
      );
    case 'rejected':
      return new BezoarError(
        'PROVIDER_REJECTED',
        `${model} rejected the request (${failure.status ?? 'no status'}).${said}`,
        {
          advice: 'Check the model name and the settings.',
          data,
        },
      );
    case 'retryable':
      return new BezoarError(
        'PROVIDER_UNAVAILABLE',
        `${model} did not answer (${failure.status ?? 'no connection'}).${said}`,
        {
          advice: 'Run the same command again later: calls that were answered are not made twice.',
          data,
        },
      );
  }
}

/** Keys never leave: the whole key, one in an address, and the masked echo that providers like to send back. */
function redact(text: string, apiKey: string | undefined): string {
  const clean = apiKey === undefined || apiKey === '' ? text : text.replaceAll(apiKey, '[key]');
  return clean
    .replace(/([?&][\w-]*(?:key|token|secret|password|signature|sig)=)[^&\s"'<>)]+/gi, '$1[key]')
    .replace(/\b(?:sk|key|Bearer)[-_ ][\w*.-]{6,}/gi, '[key]')
    .trim();
}
