import { describe, expect, it } from 'vitest';
import { parseRedisAddress } from './redis-address.ts';

describe('parseRedisAddress', () => {
  it.each([
    [
      'redis://localhost',
      { host: 'localhost', port: 6379, db: 0, tls: false, label: 'redis://localhost:6379' },
    ],
    ['redis://10.0.0.7:7000/2', { host: '10.0.0.7', port: 7000, db: 2, label: 'redis://10.0.0.7:7000/2' }],
    ['rediss://[::1]:6380/', { host: '::1', port: 6380, tls: true, label: 'rediss://[::1]:6380' }],
    ['redis://:p%40ss@h', { username: undefined, password: 'p@ss', label: 'redis://h:6379' }],
    ['redis://me:secret@h', { username: 'me', password: 'secret', label: 'redis://h:6379' }],
  ])('reads %s', (url, expected) => {
    expect(parseRedisAddress(url)).toMatchObject(expected);
  });

  it('reads the parts as well as the URL', () => {
    expect(parseRedisAddress({ port: 7000, password: 'x', tls: true })).toEqual({
      host: '127.0.0.1',
      port: 7000,
      username: undefined,
      password: 'x',
      db: 0,
      tls: true,
      label: 'rediss://127.0.0.1:7000',
    });
  });

  it.each([
    'http://h:6379',
    'h:6379',
    'redis://:secret@',
    'redis://:secret@h/zero',
    'redis://:secret@h:99999',
  ])('refuses %s and repeats no password', (url) => {
    expect(() => parseRedisAddress(url)).toThrow(
      expect.objectContaining({
        code: 'BAD_CONFIG',
        message: 'The address of the queue is no redis:// URL.',
      }),
    );
  });
});
