import { BezoarError } from '@bezoar/core';
import { createApiFetch } from '../http/api-fetch.ts';
import type { HubRepo } from '../reference/hub-repo.ts';
import type { HubSettings } from '../settings/resolve-settings.ts';
import { toHubFile, type HubFile } from './hub-file.ts';

export interface Asked {
  readonly repo: HubRepo;
  readonly revision: string;
  readonly settings: HubSettings;
}

/** Where a branch or tag is. */
export interface HubHead {
  readonly commit: string;
  /** Of the repository. */
  readonly isPrivate: boolean;
}

/** Asks the Hub. Throws BezoarError NOT_FOUND, PROVIDER_AUTH, PROVIDER_UNAVAILABLE, PROVIDER_REJECTED, BAD_FILE. */
export async function askForHead({ repo, revision, settings }: Asked): Promise<HubHead> {
  const { datasetInfo, modelInfo } = await import('@huggingface/hub');
  const question = {
    name: repo.name,
    revision,
    additionalFields: ['sha' as const],
    hubUrl: settings.endpoint,
    fetch: createApiFetch({ repo, revision }, settings),
  };
  const { sha, private: isPrivate } = await (repo.type === 'model'
    ? modelInfo(question)
    : datasetInfo(question));
  if (isCommit(sha)) return { commit: sha, isPrivate };
  throw new BezoarError('BAD_FILE', `The Hub says no commit of ${repo.name} at ${revision}.`, {
    advice: 'A server that only looks like the Hub? See HF_ENDPOINT.',
  });
}

/** The files of a revision, asked of the Hub. Throws as `askForHead`. */
export async function askForFiles({ repo, revision, settings }: Asked): Promise<HubFile[]> {
  const { listFiles } = await import('@huggingface/hub');
  const files: HubFile[] = [];
  const entries = listFiles({
    repo,
    revision,
    recursive: true,
    hubUrl: settings.endpoint,
    fetch: createApiFetch({ repo, revision }, settings),
  });
  for await (const entry of entries) {
    const file = toHubFile(entry);
    if (file !== undefined) files.push(file);
  }
  return files;
}

export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}
