import { BezoarError } from '@bezoar/core';

/** Where a Redis server is. */
export interface RedisAddress {
  /** 127.0.0.1 by default. */
  readonly host?: string;
  /** 6379 by default. */
  readonly port?: number;
  readonly username?: string;
  readonly password?: string;
  /** Number of the database: several runs that shall not share their calls take different ones. 0 by default. */
  readonly db?: number;
  readonly tls?: boolean;
}

export interface ParsedRedisAddress {
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly db: number;
  readonly tls: boolean;
  /** For messages: `redis://localhost:6379/2`, without user and password. */
  readonly label: string;
}

/**
 * Reads `redis://[user[:password]@]host[:port][/db]`, `rediss://` for TLS, or the same as an object.
 * Throws BezoarError BAD_CONFIG, which does not repeat the text: it may hold a password.
 */
export function parseRedisAddress(address: string | RedisAddress): ParsedRedisAddress {
  const {
    host = '127.0.0.1',
    port = 6379,
    username,
    password,
    db = 0,
    tls = false,
  } = typeof address === 'string' ? readUrl(address) : address;
  const label = `${tls ? 'rediss' : 'redis'}://${host.includes(':') ? `[${host}]` : host}:${port}${db === 0 ? '' : `/${db}`}`;
  return { host, port, username, password, db, tls, label };
}

function readUrl(text: string): RedisAddress {
  const url = URL.parse(text);
  const db = Number(url?.pathname.slice(1));
  if (url === null || !/^rediss?:$/.test(url.protocol) || url.hostname === '' || !Number.isInteger(db)) {
    throw new BezoarError('BAD_CONFIG', 'The address of the queue is no redis:// URL.', {
      advice: 'Write redis://host:6379, or rediss:// for TLS; a number behind a slash chooses the database.',
    });
  }
  const { hostname, port, username, password, protocol } = url;
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    db,
    tls: protocol === 'rediss:',
    ...(port === '' ? {} : { port: Number(port) }),
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
  };
}
