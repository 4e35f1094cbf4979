import { BezoarError } from '@bezoar/core';
import { z } from 'zod';
import type { RepoCache } from '../cache/open-repo-cache.ts';
import { describeRepo, type HubRepo } from '../reference/hub-repo.ts';
import type { HubSettings } from '../settings/resolve-settings.ts';
import { askForFiles, askForHead, isCommit } from './ask-for-commit.ts';
import type { HubFile } from './hub-file.ts';

export interface Place {
  readonly repo: HubRepo;
  readonly revision: string;
  readonly cache: RepoCache;
  readonly settings: HubSettings;
}

/** A commit and its files. `offline`: as the cache knows them. */
export interface LocatedCommit {
  readonly commit: string;
  readonly files: readonly HubFile[];
  readonly offline: boolean;
}

/**
 * Looks up which commit a revision is at, and which files that has: at the Hub, or in the cache when offline or when the Hub
 * cannot be reached. Commits do not change: one whose files are listed in the cache costs no request. Throws BezoarError
 * NOT_FOUND, PROVIDER_AUTH, PROVIDER_UNAVAILABLE, PROVIDER_REJECTED, BAD_FILE.
 */
export async function locateCommit(place: Place): Promise<LocatedCommit> {
  const { settings, revision, repo } = place;
  const cached = await cachedCommit(place);
  if (settings.offline) {
    if (cached !== undefined) return cached;
    throw new BezoarError(
      'NOT_FOUND',
      `${describeRepo(repo)} at ${revision} is not in the cache, and this is offline.`,
      {
        advice: 'Run once without HF_HUB_OFFLINE.',
      },
    );
  }
  // Who has something to fall back on does not wait long.
  const asking = cached === undefined ? place : { ...place, settings: { ...settings, maxRetries: 1 } };
  try {
    return await askForCommit(asking);
  } catch (error) {
    if (cached === undefined || !BezoarError.isInstance(error) || error.code !== 'PROVIDER_UNAVAILABLE')
      throw error;
    settings.onNote(
      `${error.message} The cache has ${repo.name} at ${cached.commit.slice(0, 12)}: it is used.`,
    );
    return cached;
  }
}

async function cachedCommit({ revision, cache }: Place): Promise<LocatedCommit | undefined> {
  const commit = isCommit(revision) ? revision : await cache.readRef(revision);
  if (commit === undefined) return undefined;
  // Python keeps no list: whatever it has downloaded is what there is.
  const files = (await cachedTree(commit, cache)) ?? (await cache.list(commit));
  return files.length === 0 ? undefined : { commit, files, offline: true };
}

async function askForCommit(place: Place): Promise<LocatedCommit> {
  const { revision, cache } = place;
  const commit = isCommit(revision) ? revision : (await askForHead(place)).commit;
  const known = await cachedTree(commit, cache);
  const files = known ?? (await askForFiles({ ...place, revision: commit }));
  if (known === undefined) await cache.writeTree(commit, files);
  if (commit !== revision) await cache.writeRef(revision, commit);
  return { commit, files, offline: false };
}

async function cachedTree(commit: string, cache: RepoCache): Promise<HubFile[] | undefined> {
  return listSchema.safeParse(await cache.readTree(commit)).data;
}

const listSchema = z.array(z.object({ path: z.string(), size: z.number(), hash: z.string() }));
