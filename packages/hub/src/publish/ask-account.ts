import { z } from 'zod';
import { callHub } from '../http/try-hub.ts';
import type { HubRepo } from '../reference/hub-repo.ts';
import type { HubOptions } from '../settings/hub-options.ts';
import { resolveSettings } from '../settings/resolve-settings.ts';
import { writing } from './publish-target.ts';

export interface AskAccountOptions extends HubOptions {
  /** What is to be published, for messages. */
  readonly repo: HubRepo;
}

/** Whose token it is, and what it may. */
export interface HubAccount {
  readonly name: string;
  /** Names of the organisations that it belongs to. */
  readonly orgs: readonly string[];
  /** `read`, `write` or `fineGrained`; undefined where the Hub does not say. */
  readonly role: string | undefined;
}

const accountSchema = z.object({
  name: z.string(),
  orgs: z.array(z.object({ name: z.string() })).default([]),
  auth: z.object({ accessToken: z.object({ role: z.string().optional() }).optional() }).optional(),
});

/** Asks the Hub for the account of the token; undefined without a token, or where the server tells none. Throws BezoarError PROVIDER_AUTH, PROVIDER_UNAVAILABLE, INTERRUPTED. */
export async function askAccount(options: AskAccountOptions): Promise<HubAccount | undefined> {
  const settings = await resolveSettings(options);
  if (settings.token === undefined) return undefined;
  const subject = writing({ repo: options.repo, branch: 'main' });
  const { json } = await callHub(
    { url: `${settings.endpoint}/api/whoami-v2`, accept: [404], subject },
    settings,
  );
  const { data } = accountSchema.safeParse(json);
  if (data === undefined) return undefined;
  const { name, orgs, auth } = data;
  return { name, orgs: orgs.map((org) => org.name), role: auth?.accessToken?.role };
}
