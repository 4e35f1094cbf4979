import { describe, expect, it } from 'vitest';
import { isCommit, publishSetup, repo, token, weights } from '../__fixtures__/publish-setup.ts';
import type { HubServerFault } from '../testing.ts';
import type { PublishFolderOptions } from './plan-publish.ts';
import { publishFolder } from './publish-folder.ts';

const hub = publishSetup();
const { options, write, written, history, failing } = hub;

describe('what goes wrong on the way', () => {
  it.each<[string, HubServerFault]>([
    ['500', { status: 500 }],
    ['a broken connection', { upTo: 100_000, then: 'hang-up' }],
    ['a lost answer', 'hang-up'],
  ])('%s of an upload is tried again', async (_, once) => {
    failing(({ host }) => host === 'storage', once, once);
    await publishFolder(options());
    expect(history()).toEqual(['initial commit', 'First version']);
    expect(hub.pauses).toHaveLength(2);
  });

  it('an upload that falls silent is broken off and tried again', async () => {
    failing(({ host }) => host === 'storage', { upTo: 1000, then: 'silence' });
    await publishFolder(options({ idleTimeoutMs: 400 }));
    expect(history()).toEqual(['initial commit', 'First version']);
    expect(hub.pauses).toHaveLength(1);
  });

  it('an address whose signature has expired is asked for anew', async () => {
    failing(({ host }) => host === 'storage', { status: 403 });
    await publishFolder(options());
    expect(written().filter((each) => each.includes('/objects/batch'))).toHaveLength(2);
    expect(history()).toHaveLength(2);
  });

  it('a commit whose answer was lost is recognised, and not made twice', async () => {
    failing(isCommit, { after: 1, then: 'hang-up' });
    const { commit, committed } = await publishFolder(options({ tag: 'v1.0' }));
    expect(history()).toEqual(['initial commit', 'First version']);
    expect({ commit, committed }).toEqual({ commit: hub.server.head('model', 'org/tiny'), committed: true });
    expect(written().filter((each) => each.includes('/commit/'))).toHaveLength(1);
  });

  it('a commit that never arrived is made', async () => {
    failing(isCommit, { status: 502 }, 'hang-up', { upTo: 10, then: 'hang-up' });
    await publishFolder(options());
    expect(history()).toEqual(['initial commit', 'First version']);
    expect(written().filter((each) => each.includes('/commit/'))).toHaveLength(4);
  });

  it('a commit that is made while it is thought to have failed is recognised when it is refused', async () => {
    // The first one hangs behind a proxy that answers 504, and lands between the look at the branch and the second try.
    let looked = false;
    hub.fault = (request) => {
      if (isCommit(request) && !looked) {
        looked = true;
        return { status: 504 };
      }
      if (isCommit(request))
        hub.server.commit({
          ...repo,
          files: {
            'adapter_config.json': '{"r":16}',
            'adapter_model.safetensors': weights,
            'data/empty.bin': '',
          },
        });
      return undefined;
    };
    const { commit } = await publishFolder(options());
    expect(commit).toBe(hub.server.head('model', 'org/tiny'));
    expect(history()).toEqual(['initial commit', 'by the test']);
  });

  it('a branch that moved meanwhile is left alone', async () => {
    await publishFolder(options());
    write('adapter_config.json', '{"r":32}');
    const from = hub.server.head('model', 'org/tiny');
    hub.fault = (request) => {
      if (isCommit(request)) hub.server.commit({ ...repo, files: { 'README.md': 'by somebody else' } });
      return undefined;
    };
    const failure = await publishFolder(options()).catch((error: unknown) => error);
    const now = hub.server.head('model', 'org/tiny');
    expect(failure).toMatchObject({
      code: 'CONFLICT',
      message: `The branch main of org/tiny has moved meanwhile, from ${from.slice(0, 12)} to ${now.slice(0, 12)}.`,
      data: { expected: from, found: now },
    });
    expect(history().at(-1)).toBe('by the test');
  });

  it('every first request may fail, whichever it is', async () => {
    const seen = new Set<string>();
    hub.fault = ({ method, path }) => {
      const key = `${method} ${path.split('?')[0]!}`;
      if (seen.has(key)) return undefined;
      seen.add(key);
      return seen.size % 2 === 0 ? { status: 503 } : { after: 1, then: 'hang-up' };
    };
    await publishFolder(options({ tag: 'v1.0', branch: 'next' }));
    const { branches, tags, history: titles } = hub.server.look('model', 'org/tiny')!;
    expect(titles).toEqual(['initial commit', 'First version']);
    expect(tags['v1.0']).toBe(branches['next']);
    expect(seen.size).toBeGreaterThan(10);
  });

  it('429 waits as long as the Hub asks', async () => {
    failing(
      ({ path, host }) => path.includes('/preupload/') || host === 'storage' || path.includes('/commit/'),
      { status: 429, headers: { ratelimit: '"api";r=0;t=41' } },
      undefined,
      { status: 429, headers: { 'retry-after': '7' } },
      undefined,
      { status: 429, headers: { 'retry-after': '9' } },
    );
    await publishFolder(options());
    expect(hub.pauses).toEqual([41_000, 7000, 9000]);
    expect(history()).toHaveLength(2);
  });

  it('stops when the signal fires', async () => {
    const stop = new AbortController();
    hub.fault = ({ host }) => {
      if (host === 'storage') stop.abort();
      return undefined;
    };
    await expect(publishFolder(options({ signal: stop.signal }))).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
    expect(history()).toEqual(['initial commit']);
  });
});

describe('who may write', () => {
  const scope = 'write access to the repositories of org.';
  interface Refusal {
    readonly own: Partial<PublishFolderOptions>;
    readonly code: string;
    readonly message: string;
    readonly advice: string;
  }
  it.each<[string, Refusal]>([
    [
      'no token',
      {
        own: { token: false },
        code: 'PROVIDER_AUTH',
        message: 'Publishing org/tiny needs a token of the Hub.',
        advice: scope,
      },
    ],
    [
      'a token for reading',
      {
        own: { token: 'hf_reads_only' },
        code: 'PROVIDER_AUTH',
        message: 'The Hub refuses org/tiny (403): Forbidden',
        advice: scope,
      },
    ],
    [
      'a wrong token',
      {
        own: { token: 'hf_wrong_one' },
        code: 'PROVIDER_AUTH',
        message: 'The Hub does not accept the token.',
        advice: 'HF_TOKEN',
      },
    ],
    [
      'a name without its owner',
      {
        own: { repo: { type: 'model', name: 'tiny' } },
        code: 'BAD_CONFIG',
        message: '"tiny" is no name',
        advice: 'org/name',
      },
    ],
    [
      'offline',
      {
        own: { offline: true },
        code: 'BAD_CONFIG',
        message: 'Nothing can be published offline.',
        advice: 'HF_HUB_OFFLINE',
      },
    ],
  ])('%s is said plainly', async (_, { own, code, message, advice }) => {
    const failure = await publishFolder(options(own)).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
      advice: expect.stringContaining(advice) as string,
    });
    expect(JSON.stringify(failure) + String((failure as Error).stack)).not.toMatch(/hf_/);
    expect(hub.server.look('model', 'org/tiny')).toBeUndefined();
  });

  it('secrets stand in no message and no note, and go to nobody but the Hub', async () => {
    const said: string[] = [];
    const note = (text: unknown): void => void said.push(JSON.stringify(text));
    const own = options({ onNote: note, onProgress: note, maxRetries: 1 });
    failing(({ host }) => host === 'storage', { status: 500 }, { status: 500 });
    const failure = (await publishFolder(own).catch((error: unknown) => error)) as Error;
    said.push(JSON.stringify(failure), String(failure.stack), JSON.stringify(failure.cause ?? ''));
    failing(isCommit, { status: 400, headers: { 'x-error-message': `bad ${token}` } });
    const other = (await publishFolder(own).catch((error: unknown) => error)) as Error;
    said.push(JSON.stringify(other), String(other.stack));
    expect(failure).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    expect(other).toMatchObject({
      code: 'PROVIDER_REJECTED',
      message: 'The Hub refuses org/tiny (400): bad ….',
    });
    expect(said.join('\n')).not.toMatch(/hf_|Signature|secret/);
    const stored = hub.server.requests.filter(({ host }) => host === 'storage');
    expect(stored.map(({ authorization }) => authorization)).toEqual([undefined, undefined, undefined]);
  });
});
