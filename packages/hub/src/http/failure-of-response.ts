import { BezoarError } from '@bezoar/core';
import { describeRepo, repoPath, type HubRepo } from '../reference/hub-repo.ts';
import type { HubSettings } from '../settings/resolve-settings.ts';
import type { HubFailure, RequestSubject } from './hub-failure.ts';
import { retryAfterMs } from './retry-after.ts';

/** What an answer that is not OK means. The Hub tells apart in `X-Error-Code` what shares a status. */
export function failureOfResponse(
  response: Response,
  subject: RequestSubject,
  settings: HubSettings,
): HubFailure {
  const { status, headers } = response;
  if (isTransient(response, settings)) {
    const wait = retryAfterMs(headers, settings.now());
    return { error: unavailable(status, wait), retryable: true, retryAfterMs: wait };
  }
  return { error: refusal(response, subject, settings), retryable: false };
}

/** A storage host's link is signed for a while: the Hub gives a new one. */
function isTransient({ status, url }: Response, { endpoint }: HubSettings): boolean {
  if (status === 408 || status === 429 || status >= 500) return true;
  return status === 403 && url !== '' && new URL(url).origin !== new URL(endpoint).origin;
}

function unavailable(status: number, waitMs: number | undefined): BezoarError {
  if (status === 429) {
    const until = waitMs === undefined ? '' : ` for another ${Math.ceil(waitMs / 1000)} s`;
    return new BezoarError('PROVIDER_UNAVAILABLE', `The Hub takes no more requests${until} (429).`, {
      advice: 'Try again later; with a token (HF_TOKEN) it takes more.',
      data: { status },
    });
  }
  return new BezoarError('PROVIDER_UNAVAILABLE', `The Hub, or the storage behind it, fails (${status}).`, {
    advice: 'Try again later: what has arrived is kept.',
    data: { status },
  });
}

function refusal(
  { status, headers }: Response,
  { repo, revision, file, writes }: RequestSubject,
  { endpoint, token }: HubSettings,
): BezoarError {
  const code = headers.get('x-error-code');
  const said = headers.get('x-error-message') ?? '';
  const data = { status, repo: repo.name };
  const page = `${endpoint}/${repoPath(repo)}`;
  if (code === 'GatedRepo') {
    const account =
      token === undefined ? 'set HF_TOKEN to a token of that account' : 'with the account of the token';
    const advice =
      token === undefined
        ? `Accept its conditions at ${page}, and ${account}.`
        : `Accept its conditions at ${page} ${account}.`;
    return new BezoarError('PROVIDER_AUTH', `${describeRepo(repo)} is gated.`, { advice, data });
  }
  if (status === 401 && /invalid credentials/i.test(said)) {
    return new BezoarError('PROVIDER_AUTH', 'The Hub does not accept the token.', {
      advice: 'It is wrong or was withdrawn: set HF_TOKEN to one that is in the settings of your account.',
      data,
    });
  }
  if (status === 404 && code === 'RevisionNotFound') {
    return new BezoarError('NOT_FOUND', `${describeRepo(repo)} has no revision ${revision}.`, {
      advice: `Its branches and tags are at ${page}.`,
      data: { ...data, missing: 'revision' },
    });
  }
  if (status === 404 && file !== undefined && code !== 'RepoNotFound') {
    return new BezoarError('NOT_FOUND', `${describeRepo(repo)} has no file ${file} at ${revision}.`, {
      advice: `Its files are at ${page}/tree/main.`,
      data,
    });
  }
  if (status === 404 || (status === 401 && (code === 'RepoNotFound' || token === undefined))) {
    const access = token === undefined ? 'set HF_TOKEN' : 'use a token that may read it';
    return new BezoarError('NOT_FOUND', `${describeRepo(repo)} is not on the Hub, or is private.`, {
      advice: `Check the name; for a private one, ${access}.`,
      data: { ...data, missing: 'repository' },
    });
  }
  const words = said === '' ? '' : `: ${token === undefined ? said : said.replaceAll(token, '…')}`;
  const isAuth = status === 401 || status === 403;
  return new BezoarError(
    isAuth ? 'PROVIDER_AUTH' : 'PROVIDER_REJECTED',
    `The Hub refuses ${repo.name} (${status})${words}.`,
    { ...(isAuth ? { advice: writes === true ? writeAdvice(repo) : readAdvice } : {}), data },
  );
}

const readAdvice = 'Check that the account of HF_TOKEN may read it.';

/** What a token must be allowed to publish. */
export function writeAdvice({ name }: HubRepo): string {
  return `Set HF_TOKEN to a token with the role "write", or a fine-grained one with write access to the repositories of ${name.split('/')[0]!}.`;
}
