import type { HubServerOptions } from './hub-server.ts';
import { refuse, sendJson, type Sender } from './send.ts';

/** Whose token was sent, and what it may. */
export function sendAccount(sender: Sender, { token, readToken, account }: HubServerOptions): void {
  const sent = sender.request.authorization?.replace(/^Bearer /, '');
  if (sent === undefined || ![token, readToken].includes(sent)) {
    refuse(sender.outgoing, 401, { 'x-error-message': 'Invalid credentials in Authorization header' });
    return;
  }
  const { name, orgs } = account ?? { name: 'tester', orgs: ['org'] };
  sendJson(sender, {
    ...{ type: 'user', id: 'x', name, fullname: name },
    orgs: orgs.map((org) => ({ type: 'org', name: org, roleInOrg: 'write' })),
    auth: {
      type: 'access_token',
      accessToken: { displayName: 'test', role: sent === token ? 'write' : 'read' },
    },
  });
}
