import { createHash } from 'node:crypto';
import type { HubServerRepo, HubServerState } from './hub-server.ts';

export interface StoredFile {
  readonly bytes: Buffer;
  readonly oid: string;
  readonly sha256: string;
  readonly isLarge: boolean;
}

export type StoredFiles = ReadonlyMap<string, StoredFile>;

export interface StoredRepo extends Omit<HubServerRepo, 'files'> {
  readonly commits: Map<string, StoredFiles>;
  readonly branches: Map<string, string>;
  readonly tags: Map<string, string>;
  readonly history: string[];
}

export function createStoredRepo({ type, name, access }: Omit<HubServerRepo, 'files'>): StoredRepo {
  const own = { type, name, commits: new Map(), branches: new Map(), tags: new Map(), history: [] };
  return access === undefined ? own : { ...own, access };
}

/** Large by their names: the Hub goes by its `.gitattributes`. */
export function isLargePath(path: string): boolean {
  return /\.(safetensors|bin|parquet|gz|gguf)$/.test(path);
}

export function storeFile(
  content: string | Uint8Array,
  { isLarge }: { readonly isLarge: boolean },
): StoredFile {
  const bytes = Buffer.from(content as Uint8Array);
  return {
    bytes,
    oid: sha1(Buffer.concat([Buffer.from(`blob ${bytes.length}\0`), bytes])),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    isLarge,
  };
}

/** Every commit is another one, also when nothing changes. */
export function addCommit(
  repo: StoredRepo,
  {
    branch,
    files,
    summary,
  }: { readonly branch: string; readonly files: StoredFiles; readonly summary: string },
): string {
  const content = [...files].map(([path, { oid }]) => path + oid).join();
  const commit = sha1(`${repo.name} ${repo.commits.size} ${content}`);
  repo.branches.set(branch, commit);
  repo.commits.set(commit, files);
  repo.history.push(summary);
  return commit;
}

export function atRevision(
  { commits, branches, tags }: StoredRepo,
  revision: string,
): readonly [string | undefined, StoredFiles | undefined] {
  const wanted = decodeURIComponent(revision);
  const sha = branches.get(wanted === 'HEAD' ? 'main' : wanted) ?? tags.get(wanted) ?? wanted;
  return [sha, commits.get(sha)];
}

export function lookAt(repo: StoredRepo): HubServerState {
  const { access, branches, tags, history } = repo;
  return {
    access,
    branches: Object.fromEntries(branches),
    tags: Object.fromEntries(tags),
    history: [...history],
    files(revision = 'main') {
      const files = atRevision(repo, revision)[1] ?? new Map<string, StoredFile>();
      return Object.fromEntries([...files].map(([path, { bytes }]) => [path, bytes]));
    },
  };
}

function sha1(content: string | Buffer): string {
  return createHash('sha1').update(content).digest('hex');
}
