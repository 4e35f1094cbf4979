import { BezoarError } from '@bezoar/core';
import type { Redis, RedisOptions } from 'ioredis';
import { importSdk } from '../providers/import-optional.ts';
import type { ParsedRedisAddress } from './redis-address.ts';

export interface RedisLink {
  readonly client: Redis;
  readonly label: string;
  /** Milliseconds since the connection was lost; 0 while it stands. It is made again by itself. */
  lostForMs(): number;
  close(): Promise<void>;
}

type ConnectionOptions = Omit<RedisOptions, 'replyMapping'>;

/** A server that does not answer at first will hardly answer later. */
const patienceMs = 5000;

/** A server that froze, or a cable that was cut, closes no connection. Longer than the 10 s for which BullMQ waits for news. */
const silenceMs = 20_000;

/**
 * Connects to Redis. Throws BezoarError PROVIDER_UNAVAILABLE when nobody answers within 5 s, PROVIDER_AUTH when the
 * password is wrong, MISSING_DEPENDENCY without `ioredis`.
 */
export async function connectRedis(address: ParsedRedisAddress): Promise<RedisLink> {
  const { Redis } = await importSdk(() => import('ioredis'), 'ioredis');
  const { label } = address;
  let established = false;
  let lostAt: number | undefined;
  let lastError: Error | undefined;
  const client = new Redis({
    ...connectionOptions(address),
    // At first one try; a connection that stood is made again as often as it takes.
    retryStrategy: (times) => (established ? Math.min(100 * 2 ** times, 5000) : null),
  });
  client.on('error', (error) => (lastError = error));
  client.on('close', () => (lostAt ??= performance.now()));
  client.on('ready', () => (lostAt = undefined));
  const timer = AbortSignal.timeout(patienceMs);
  const expired = new Promise<never>((_, reject) => {
    timer.addEventListener('abort', () => reject(new Error(`no answer in ${patienceMs / 1000} s`)));
  });
  try {
    await Promise.race([client.connect().then(() => client.ping()), expired]);
  } catch (error) {
    client.disconnect();
    throw redisError(label, lastError ?? error);
  }
  established = true;
  return {
    client,
    label,
    lostForMs: () => (lostAt === undefined ? 0 : performance.now() - lostAt),
    async close() {
      // Politely only where somebody listens.
      if (lostAt === undefined) await client.quit().catch(() => undefined);
      else client.disconnect();
    },
  };
}

function connectionOptions({
  host,
  port,
  username,
  password,
  db,
  tls,
}: ParsedRedisAddress): ConnectionOptions {
  return {
    host,
    port,
    db,
    lazyConnect: true,
    connectTimeout: patienceMs,
    socketTimeout: silenceMs,
    maxRetriesPerRequest: null,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls: { servername: host } } : {}),
  };
}

/** What a failure of Redis means for whoever has calls there. */
export function redisError(label: string, error: unknown): BezoarError {
  const { message, code } = error as NodeJS.ErrnoException;
  const reason = (message || code || String(error)).replace(/\.+$/, '');
  const data = { redis: label, mayBeBilled: false };
  if (/\b(NOAUTH|WRONGPASS|NOPERM)\b|invalid password/i.test(reason)) {
    return new BezoarError('PROVIDER_AUTH', `The queue at ${label} refused user and password.`, {
      advice: 'Put the right ones into its URL.',
      data,
    });
  }
  return new BezoarError('PROVIDER_UNAVAILABLE', `The queue at ${label} does not answer: ${reason}.`, {
    advice: 'Check that Redis runs there and can be reached; calls that were answered are not made twice.',
    data,
  });
}
