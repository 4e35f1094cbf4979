import { createRng } from '@bezoar/core';
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { openHubModel } from '../models/open-hub-model.ts';
import { readHubRows } from '../datasets/read-hub-rows.ts';
import type { HubOptions } from '../settings/hub-options.ts';
import { openHubSnapshot } from '../snapshot/open-hub-snapshot.ts';
import { startHubServer, type HubServer, type HubServerFault, type HubServerOptions } from '../testing.ts';

const at = temporaryFolder();
const token = 'api_org_secret';
const rows = '{"n":1}\n{"n":2}\n';

let server: HubServer;
let pauses: number[];
let caches = 0;
afterEach(() => server.close());

async function start(
  options: Partial<HubServerOptions> = {},
): Promise<HubOptions & { env: Record<string, string> }> {
  server = await startHubServer({
    token,
    repos: [
      { type: 'dataset', name: 'org/open', files: { 'a.jsonl': rows } },
      {
        type: 'model',
        name: 'org/gated',
        access: 'gated',
        files: { 'w.safetensors': 'weights', 'config.json': '{}' },
      },
      { type: 'dataset', name: 'org/private', access: 'private', files: { 'a.jsonl': rows } },
    ],
    ...options,
  });
  pauses = [];
  return {
    env: { HF_ENDPOINT: server.url, HF_HOME: at(`home-${caches++}`) },
    rng: createRng('jitter'),
    sleep: (milliseconds) => {
      pauses.push(milliseconds);
      return Promise.resolve();
    },
  };
}

async function numbers(reference: string, options: HubOptions): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const row of readHubRows(reference, options)) all.push(row['n']);
  return all;
}

/** The first requests fail, one after the other. */
function failing(...faults: HubServerFault[]): Partial<HubServerOptions> {
  return { fault: () => faults.shift() };
}

describe('a request that fails', () => {
  it('is tried again after random pauses below a doubling bound', async () => {
    const options = await start(
      failing(
        { status: 503 },
        'hang-up',
        { status: 200, body: '<html>' },
        { status: 200, body: '{"id":' },
        { after: 9, then: 'hang-up' },
      ),
    );
    expect(await numbers('org/open', options)).toEqual([1, 2]);
    expect(pauses).toHaveLength(5);
    pauses.forEach((pause, tries) => expect(pause).toBeLessThan(1000 * 2 ** tries));
    expect(new Set(pauses).size).toBe(5);
  });

  it('waits as long as the Hub asks, and no longer than it may', async () => {
    const inOneMinute = new Date(Date.now() + 60_000);
    const options = await start(
      failing(
        {
          status: 429,
          headers: { ratelimit: '"api";r=0;t=55', 'ratelimit-policy': '"fixed window";"api";q=500;w=300' },
        },
        { status: 429, headers: { 'retry-after': '3' } },
        { status: 503, headers: { 'retry-after': inOneMinute.toUTCString() } },
      ),
    );
    expect(await numbers('org/open', { ...options, now: () => inOneMinute })).toEqual([1, 2]);
    expect(pauses).toEqual([55_000, 3000, 0]);

    const impatient = await start(failing({ status: 429, headers: { 'retry-after': '900' } }));
    await expect(numbers('org/open', { ...impatient, maxWaitMs: 60_000 })).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      message: 'The Hub takes no more requests for another 900 s (429).',
    });
    expect(pauses).toEqual([]);
  });

  it('gives up after some tries, with what went wrong last', async () => {
    const options = await start({ fault: () => ({ status: 502 }) });
    await expect(numbers('org/open', { ...options, maxRetries: 3 })).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      message: expect.stringContaining('(502)') as string,
    });
    expect(server.requests).toHaveLength(4);
  });

  it('is not tried again when trying cannot help', async () => {
    const options = await start({
      fault: () => ({ status: 400, headers: { 'x-error-message': 'no such thing' } }),
    });
    await expect(numbers('org/open', options)).rejects.toMatchObject({
      code: 'PROVIDER_REJECTED',
      message: 'The Hub refuses org/open (400): no such thing.',
    });
    expect(server.requests).toHaveLength(1);
  });

  it('stops when the signal fires, and goes on from there', async () => {
    const options = await start({
      fault: ({ path }) =>
        path.includes('/resolve/') && server.requests.length < 4 ? { after: 5, then: 'silence' } : undefined,
    });
    const stop = new AbortController();
    const reading = numbers('org/open', { ...options, signal: stop.signal });
    while (server.requests.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort();
    await expect(reading).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(await numbers('org/open', options)).toEqual([1, 2]);
  });
});

describe('who may read', () => {
  it.each([
    [
      'a repository that is not there',
      'org/none',
      {},
      'NOT_FOUND',
      /org\/none is not on the Hub, or is private/,
    ],
    ['a private one without a token', 'org/private', {}, 'NOT_FOUND', /or is private/],
    ['a revision that is not there', 'org/open@v9', {}, 'NOT_FOUND', /has no revision v9/],
    ['a file that is not there', 'org/open/b.jsonl', {}, 'NOT_FOUND', /has no file b\.jsonl/],
    ['a wrong token', 'org/open', { HF_TOKEN: 'hf_wrong' }, 'PROVIDER_AUTH', /does not accept the token/],
    [
      'half a token',
      'org/open',
      { HF_TOKEN: 'hf_with\nbreak' },
      'BAD_CONFIG',
      /characters that no token has/,
    ],
    [
      'a user in the endpoint',
      'org/open',
      { HF_ENDPOINT: 'https://me:hf_x@hub.test' },
      'BAD_CONFIG',
      /has a user in it/,
    ],
  ])('%s is said plainly', async (...[, reference, env, code, message]) => {
    const options = await start();
    const failure = await numbers(reference, { ...options, env: { ...options.env, ...env } }).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) as string });
    expect(JSON.stringify(failure) + String((failure as Error).stack)).not.toMatch(/hf_/);
  });

  it('a gated model asks for its conditions, then for another account', async () => {
    const options = await start();
    const { folder } = await openHubModel('org/gated', options);
    await expect(folder.open('config.json')).rejects.toMatchObject({
      code: 'PROVIDER_AUTH',
      message: 'The model org/gated is gated.',
      advice: `Accept its conditions at ${server.url}/org/gated, and set HF_TOKEN to a token of that account.`,
    });
    const refused = await start({ fault: () => ({ status: 403, headers: { 'x-error-code': 'GatedRepo' } }) });
    await expect(openHubModel('org/gated', { ...refused, token })).rejects.toMatchObject({
      advice: `Accept its conditions at ${server.url}/org/gated with the account of the token.`,
    });
  });

  it('a token comes from an option, a variable or the file of a login, and goes to nobody but the Hub', async () => {
    const options = await start();
    const home = options.env['HF_HOME']!;
    mkdirSync(home, { recursive: true });
    writeFileSync(`${home}/token`, `${token}\n`);
    const { env } = options;
    for (const own of [
      { env },
      { env: { ...env, HF_TOKEN: token } },
      { env: {}, endpoint: server.url, token },
    ]) {
      const model = await openHubModel('org/gated', {
        ...options,
        cacheDir: at(`token-${caches++}`),
        ...own,
      });
      await model.fetchAll();
    }
    expect(
      server.requests.filter(({ host }) => host === 'storage').map((each) => each.authorization),
    ).toEqual([undefined, undefined, undefined]);
    expect(
      server.requests.filter(
        ({ host, authorization }) => host === 'hub' && authorization !== `Bearer ${token}`,
      ),
    ).toEqual([]);
    expect(await numbers('org/private', options)).toEqual([1, 2]);
    const anonymous = { ...options, token: false, cacheDir: at(`token-${caches++}`) } as const;
    await expect(numbers('org/private', anonymous)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const { folder } = await openHubModel('org/gated', anonymous);
    await expect(folder.open('config.json')).rejects.toMatchObject({ code: 'PROVIDER_AUTH' });
  });

  it('the file of a login is nothing to who gives no environment', async () => {
    const { env, ...options } = await start();
    const home = at(`home-${caches++}`);
    mkdirSync(`${home}/.cache/huggingface`, { recursive: true });
    writeFileSync(`${home}/.cache/huggingface/token`, token);
    vi.stubEnv('HOME', home);
    const endpoint = env['HF_ENDPOINT']!;
    expect(await numbers('org/open', { ...options, endpoint })).toEqual([1, 2]);
    expect(server.requests.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
    await numbers('org/open', { ...options, endpoint, env: {} });
    expect(server.requests.at(-1)).toMatchObject({ authorization: `Bearer ${token}` });
    vi.unstubAllEnvs();
  });

  it('nor does it follow a list to another host', async () => {
    const other = await startHubServer({ repos: [] });
    const options = await start({
      fault: ({ path }) =>
        path.includes('/tree/')
          ? { status: 200, headers: { link: `<${other.url}/api/more>; rel="next"` }, body: '[]' }
          : undefined,
    });
    await numbers('org/open', { ...options, token }).catch(() => undefined);
    expect(other.requests.map(({ authorization }) => authorization)).toEqual([undefined]);
    await other.close();
  });
});

it.each(['../../outside', 'a/../../outside', '/etc/passwd', 'a\\..\\b'])(
  'a file %j does not leave the cache',
  async (path) => {
    const entry = { type: 'file', path, size: 3, oid: 'a'.repeat(40) };
    const options = await start({
      fault: (request) =>
        request.path.includes('/tree/') ? { status: 200, body: JSON.stringify([entry]) } : undefined,
    });
    await expect(
      openHubSnapshot({ ...options, repo: { type: 'dataset', name: 'org/open' } }),
    ).rejects.toMatchObject({
      code: 'BAD_FILE',
    });
  },
);
