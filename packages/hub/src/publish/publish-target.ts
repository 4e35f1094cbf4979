import type { RequestSubject } from '../http/hub-failure.ts';
import { repoPath, type HubRepo } from '../reference/hub-repo.ts';
import type { HubSettings } from '../settings/resolve-settings.ts';

/** Where something is published. */
export interface PublishTarget {
  readonly repo: HubRepo;
  readonly branch: string;
  readonly settings: HubSettings;
}

/** An address of the API of the repository. */
export function apiUrl(
  { repo, settings }: Pick<PublishTarget, 'repo' | 'settings'>,
  ...path: string[]
): string {
  return [`${settings.endpoint}/api/${repo.type}s/${repo.name}`, ...path.map(encodeURIComponent)].join('/');
}

/** The address at which a repository takes large files, as Git LFS has it. */
export function lfsUrl({ repo, settings }: Pick<PublishTarget, 'repo' | 'settings'>): string {
  return `${settings.endpoint}/${repoPath(repo)}.git/info/lfs/objects/batch`;
}

/** What requests of publishing are about, for their messages. */
export function writing({ repo, branch }: Pick<PublishTarget, 'repo' | 'branch'>): RequestSubject {
  return { repo, revision: branch, writes: true };
}
