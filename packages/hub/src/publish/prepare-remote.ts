import { BezoarError } from '@bezoar/core';
import { z } from 'zod';
import { writeAdvice } from '../http/failure-of-response.ts';
import { callHub } from '../http/try-hub.ts';
import { describeRepo } from '../reference/hub-repo.ts';
import { askForFiles, askForHead, type HubHead } from '../snapshot/ask-for-commit.ts';
import type { HubFile } from '../snapshot/hub-file.ts';
import { apiUrl, writing, type PublishTarget } from './publish-target.ts';

/** What the Hub has of a repository before something is published. */
export interface RemoteState {
  readonly exists: boolean;
  readonly isPrivate: boolean;
  /** Commit of the branch; undefined where there is none yet. */
  readonly head: string | undefined;
  /** By path. */
  readonly files: ReadonlyMap<string, HubFile>;
  /** Commit by tag. */
  readonly tags: ReadonlyMap<string, string>;
}

/** Throws BezoarError PROVIDER_AUTH, PROVIDER_UNAVAILABLE, PROVIDER_REJECTED, BAD_FILE. */
export async function readRemote(target: PublishTarget): Promise<RemoteState> {
  const { repo, branch, settings } = target;
  const asked = { repo, settings };
  const found = await unlessMissing(askForHead({ ...asked, revision: branch }));
  if (found === 'repository')
    return { exists: false, isPrivate: false, head: undefined, files: new Map(), tags: new Map() };
  const tags = await readTags(target);
  if (found === 'revision') {
    const main = await unlessMissing(askForHead({ ...asked, revision: 'main' }));
    const isPrivate = typeof main === 'object' && main.isPrivate;
    return { exists: true, isPrivate, head: undefined, files: new Map(), tags };
  }
  const { commit, isPrivate } = found;
  const files = await askForFiles({ ...asked, revision: commit });
  return {
    exists: true,
    isPrivate,
    head: commit,
    files: new Map(files.map((file) => [file.path, file])),
    tags,
  };
}

/** Makes the repository and the branch where they are missing. A retry finds what a lost answer has made. */
export async function prepareRemote(
  state: RemoteState,
  target: PublishTarget & { readonly isPrivate: boolean | undefined },
): Promise<RemoteState> {
  if (state.head !== undefined) return state;
  const { repo, branch, settings, isPrivate } = target;
  const subject = writing(target);
  if (!state.exists) {
    const [organization, name] = repo.name.split('/');
    const visibility = isPrivate === undefined ? {} : { visibility: isPrivate ? 'private' : 'public' };
    await callHub(
      {
        url: `${settings.endpoint}/api/repos/create`,
        body: { type: repo.type, name, organization, ...visibility },
        accept: [409],
        subject,
      },
      settings,
    );
  }
  if (branch !== 'main')
    await callHub({ url: apiUrl(target, 'branch', branch), body: {}, accept: [409], subject }, settings);
  const made = await readRemote(target);
  if (made.head !== undefined) return made;
  throw new BezoarError(
    'PROVIDER_REJECTED',
    `${describeRepo(repo)} was to be made, but is not there for this token.`,
    { advice: writeAdvice(repo) },
  );
}

const refsSchema = z.object({
  tags: z.array(z.object({ name: z.string(), targetCommit: z.string() })),
});

export async function readTags(target: PublishTarget): Promise<ReadonlyMap<string, string>> {
  const { json } = await callHub({ url: apiUrl(target, 'refs'), subject: writing(target) }, target.settings);
  const { data } = refsSchema.safeParse(json);
  return new Map(data?.tags.map(({ name, targetCommit }) => [name, targetCommit]));
}

type Missing = 'repository' | 'revision';

/** What is missing in place of the answer. */
async function unlessMissing(asking: Promise<HubHead>): Promise<HubHead | Missing> {
  try {
    return await asking;
  } catch (error) {
    const missing = BezoarError.isInstance(error) ? error.data['missing'] : undefined;
    if (missing === 'repository' || missing === 'revision') return missing;
    throw error;
  }
}
