import { BezoarError } from '@bezoar/core';
import { expect, it } from 'vitest';
import { packError, unpackError } from './pack-error.ts';

const overTheWire = (error: unknown): Error => unpackError(packError(error));

it('a BezoarError arrives with its code, message, advice and plain data', () => {
  const data = { status: 429, retryAfterMs: 20, rateLimit: { requests: { limit: 5 } }, mayBeBilled: false };
  const error = new BezoarError('PROVIDER_UNAVAILABLE', 'Busy.', {
    advice: 'Wait.',
    data,
    cause: new Error('key'),
  });
  const arrived = overTheWire(error);
  expect(BezoarError.isInstance(arrived)).toBe(true);
  expect(arrived).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', message: 'Busy.', advice: 'Wait.', data });
  expect(arrived.cause).toBeUndefined();
  expect(overTheWire(new BezoarError('BAD_INPUT', 'No.'))).toMatchObject({ data: {}, advice: undefined });
});

it('leaves out of the data what is no JSON', () => {
  const loop: Record<string, unknown> = {};
  loop['self'] = loop;
  const data = { loop, big: 5n, act: () => 1, kept: 'yes', when: new Date(0) };
  const arrived: unknown = overTheWire(new BezoarError('BAD_FILE', 'x', { data }));
  expect((arrived as { readonly data: unknown }).data).toEqual({
    kept: 'yes',
    when: '1970-01-01T00:00:00.000Z',
  });
});

it('any other error arrives as an Error with its message, and so does text that nobody packed', () => {
  for (const [error, message] of [
    [new TypeError('x is not a function'), 'x is not a function'],
    ['thrown text', 'thrown text'],
  ] as const) {
    const arrived = overTheWire(error);
    expect(BezoarError.isInstance(arrived)).toBe(false);
    expect(arrived.message).toBe(message);
  }
  for (const text of ['job failed', '{"half', 'null', '{"code":"BAD_FILE"}'])
    expect(unpackError(text)).toMatchObject({ message: text, name: 'Error' });
});
