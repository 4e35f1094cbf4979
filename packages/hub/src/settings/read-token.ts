import { BezoarError } from '@bezoar/core';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { given, type HubEnvironment } from './environment.ts';
import type { HubOptions } from './hub-options.ts';

export interface ReadTokenOptions {
  readonly token: HubOptions['token'];
  readonly env: HubEnvironment | undefined;
  /** `HF_HOME` */
  readonly home: string;
}

/**
 * The token that is given, or that of the environment, or that of the file which `hf auth login` writes. Who gives no
 * environment wants neither of the last two. Throws BezoarError BAD_CONFIG for what can stand in no header: fetch would repeat it in its message.
 */
export async function readToken({ token, env, home }: ReadTokenOptions): Promise<string | undefined> {
  if (token === false) return undefined;
  const trimmed = (token ?? (env === undefined ? undefined : await ownToken(env, home)))?.trim();
  if (trimmed === undefined || trimmed === '') return undefined;
  if (/^[\x21-\x7e]+$/.test(trimmed)) return trimmed;
  throw new BezoarError('BAD_CONFIG', 'The token for the Hub has characters that no token has.', {
    advice: 'Copy it again from the settings page of your account into HF_TOKEN.',
  });
}

async function ownToken(env: HubEnvironment, home: string): Promise<string | undefined> {
  const variable = given(env, 'HF_TOKEN') ?? given(env, 'HUGGING_FACE_HUB_TOKEN');
  const file = given(env, 'HF_TOKEN_PATH') ?? join(home, 'token');
  return variable ?? readFile(file, 'utf8').catch(() => undefined);
}
