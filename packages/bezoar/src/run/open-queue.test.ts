import { expect, it } from 'vitest';
import { withPassword } from './open-queue.ts';

it.each([
  ['redis://h:6379/2', 'p@/ss', 'redis://:p%40%2Fss@h:6379/2'],
  ['rediss://me@h', 'x', 'rediss://me:x@h'],
  ['redis://:own@h', 'x', 'redis://:own@h'],
  ['redis://h', '', 'redis://h'],
  ['redis://h', undefined, 'redis://h'],
  ['not a URL', 'x', 'not a URL'],
])('%s with the password %s', (url, password, expected) => {
  expect(withPassword(url, { BEZOAR_QUEUE_PASSWORD: password })).toBe(expected);
});
