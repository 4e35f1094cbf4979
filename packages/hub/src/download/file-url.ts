import type { RequestSubject } from '../http/hub-failure.ts';
import { repoPath } from '../reference/hub-repo.ts';
import type { HubSettings } from '../settings/resolve-settings.ts';

/** Where a file of a commit is. */
export interface FileSubject extends RequestSubject {
  readonly file: string;
}

export function fileUrl(
  { repo, revision, file }: FileSubject,
  { endpoint }: Pick<HubSettings, 'endpoint'>,
): string {
  const path = file.split('/').map(encodeURIComponent).join('/');
  return `${endpoint}/${repoPath(repo)}/resolve/${encodeURIComponent(revision)}/${path}`;
}

/** Which byte the body of an answer begins with: a server that knows no ranges sends all. */
export function startOf(response: Response): number {
  if (response.status !== 206) return 0;
  return Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? -1);
}
