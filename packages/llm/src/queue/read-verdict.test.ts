import { BezoarError, type ErrorCode } from '@bezoar/core';
import { expect, it } from 'vitest';
import { readVerdict, type Verdict } from './read-verdict.ts';

const failure = (code: ErrorCode, data: Readonly<Record<string, unknown>> = {}): BezoarError =>
  new BezoarError(code, 'x', { data });

it.each<[string, unknown, Verdict]>([
  ['a wrong key', failure('PROVIDER_AUTH'), { kind: 'final' }],
  ['a wrong request', failure('PROVIDER_REJECTED'), { kind: 'final' }],
  ['a mistake in a program', new TypeError('x'), { kind: 'final' }],
  ['a provider that is away', failure('PROVIDER_UNAVAILABLE', { status: 503 }), { kind: 'elsewhere' }],
  [
    'a circuit that is open',
    failure('PROVIDER_UNAVAILABLE', { circuit: 'open', retryInMs: 7000 }),
    { kind: 'give-back', resumeInMs: 7000 },
  ],
  ['an empty purse', failure('BUDGET_EXCEEDED'), { kind: 'give-back', resumeInMs: undefined }],
  ['no SDK', failure('MISSING_DEPENDENCY'), { kind: 'give-back', resumeInMs: undefined }],
])('%s', (_, error, verdict) => {
  expect(readVerdict(error)).toEqual(verdict);
});
