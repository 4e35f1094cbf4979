import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHubServer, type HubServer } from '../testing.ts';
import { askAccount } from './ask-account.ts';

const repo = { type: 'model', name: 'org/tiny' } as const;
let server: HubServer;
beforeAll(async () => {
  const account = { name: 'robin', orgs: ['birds', 'org'] };
  server = await startHubServer({ token: 'hf_writes', readToken: 'hf_reads', account, repos: [] });
});
afterAll(() => server.close());

describe('askAccount', () => {
  const ask = (token: string | false): ReturnType<typeof askAccount> =>
    askAccount({ repo, endpoint: server.url, token });

  it('tells whose token it is, and what it may', async () => {
    expect(await ask('hf_writes')).toEqual({ name: 'robin', orgs: ['birds', 'org'], role: 'write' });
    expect(await ask('hf_reads')).toMatchObject({ role: 'read' });
    expect(await ask(false)).toBeUndefined();
  });

  it('a wrong token is refused, and not repeated', async () => {
    const refused = await ask('hf_wrong').catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'PROVIDER_AUTH', message: 'The Hub does not accept the token.' });
    expect(String(refused)).not.toContain('hf_wrong');
  });
});
