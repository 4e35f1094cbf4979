import { BezoarError, createRng, type Rng } from '@bezoar/core';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { given, type HubEnvironment } from './environment.ts';
import type { HubOptions } from './hub-options.ts';
import { readToken } from './read-token.ts';

/** Options with all defaults filled in. */
export interface HubSettings {
  /** Without a slash at its end. */
  readonly endpoint: string;
  readonly token: string | undefined;
  readonly cacheDir: string;
  readonly offline: boolean;
  readonly fetch: typeof fetch;
  readonly maxRetries: number;
  readonly maxWaitMs: number;
  readonly idleTimeoutMs: number;
  readonly concurrency: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: NonNullable<HubOptions['onProgress']>;
  readonly onNote: NonNullable<HubOptions['onNote']>;
  readonly sleep: NonNullable<HubOptions['sleep']>;
  readonly rng: Rng;
  readonly now: () => Date;
}

/** Throws BezoarError BAD_CONFIG for an endpoint or a token that cannot be one. */
export async function resolveSettings(options: HubOptions): Promise<HubSettings> {
  const { env = {}, now = () => new Date() } = options;
  const home = hubHome(env);
  return {
    endpoint: checkEndpoint(options.endpoint ?? given(env, 'HF_ENDPOINT') ?? 'https://huggingface.co'),
    token: await readToken({ token: options.token, env: options.env, home }),
    cacheDir:
      options.cacheDir ??
      given(env, 'HF_HUB_CACHE') ??
      given(env, 'HUGGINGFACE_HUB_CACHE') ??
      join(home, 'hub'),
    offline: options.offline ?? isTrue(given(env, 'HF_HUB_OFFLINE') ?? given(env, 'TRANSFORMERS_OFFLINE')),
    fetch: options.fetch ?? fetch,
    maxRetries: options.maxRetries ?? 6,
    maxWaitMs: options.maxWaitMs ?? 600_000,
    idleTimeoutMs: options.idleTimeoutMs ?? 60_000,
    concurrency: options.concurrency ?? 4,
    signal: options.signal,
    onProgress: options.onProgress ?? (() => undefined),
    onNote: options.onNote ?? (() => undefined),
    sleep: options.sleep ?? systemSleep,
    rng: options.rng ?? createRng(`hub ${now().getTime()} ${process.pid}`),
    now,
  };
}

/** The folder of Hugging Face's tools: of the token, and of the cache. */
function hubHome(env: HubEnvironment): string {
  const cache = given(env, 'XDG_CACHE_HOME') ?? join(given(env, 'HOME') ?? homedir(), '.cache');
  return given(env, 'HF_HOME') ?? join(cache, 'huggingface');
}

function isTrue(value: string | undefined): boolean {
  return ['1', 'on', 'yes', 'true'].includes(value?.toLowerCase() ?? '');
}

/** A URL with a password in it is not repeated in the message. */
function checkEndpoint(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new BezoarError('BAD_CONFIG', 'The endpoint of the Hub is no http(s) URL, or has a user in it.', {
      advice: 'Set HF_ENDPOINT to a URL like https://huggingface.co; the token goes into HF_TOKEN.',
    });
  }
  return text.replace(/\/+$/, '');
}

async function systemSleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await pause(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}
