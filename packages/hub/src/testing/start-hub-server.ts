import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A repository as the server keeps it. */
export interface HubServerRepo {
  readonly type: 'model' | 'dataset';
  readonly name: string;
  /** `gated`: asks for conditions to be accepted. `private`: seems not to exist without the token. */
  readonly access?: 'gated' | 'private';
  /** By path. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
}

export interface HubServerOptions {
  readonly repos: readonly HubServerRepo[];
  /** The only token that is accepted. */
  readonly token?: string;
  /** Files of one page of a list; all by default. */
  readonly pageSize?: number;
  /** What happens to the request with this number; an answer as usual where it is undefined. */
  readonly fault?: (request: HubServerRequest) => HubServerFault | undefined;
}

export interface HubServerRequest {
  /** 0-based, over all requests. */
  readonly index: number;
  /** `storage` is another origin, to which addresses of large files lead. */
  readonly host: 'hub' | 'storage';
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
  /** Bytes of the body that were sent. */
  sent: number;
}

export type HubServerFault =
  | 'hang-up'
  | 'no-ranges'
  /** The right length, one byte of it wrong. */
  | 'corrupt'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** Sends so many bytes of the body, then hangs up, ends as if that were all, or falls silent. */
  | { readonly after: number; readonly then: 'hang-up' | 'end' | 'silence' };

export interface HubServer {
  /** For `HF_ENDPOINT`. */
  readonly url: string;
  readonly requests: readonly HubServerRequest[];
  /** Replaces the files of a branch, which is at another commit from now on. Returns the commit. */
  commit(change: HubServerCommit): string;
  /** Commit of a main branch. */
  head(type: HubServerRepo['type'], name: string): string;
  close(): Promise<void>;
}

export interface HubServerCommit extends Pick<HubServerRepo, 'type' | 'name' | 'files'> {
  /** Or tag. `main` by default. */
  readonly branch?: string;
}

interface StoredFile {
  readonly bytes: Buffer;
  readonly oid: string;
  readonly sha256: string;
  readonly isLarge: boolean;
}

interface StoredRepo extends HubServerRepo {
  readonly commits: Map<string, ReadonlyMap<string, StoredFile>>;
  readonly branches: Map<string, string>;
}

/**
 * A server on loopback that speaks as much of the Hub's API as reading needs: revisions, lists in pages, files with ranges,
 * large ones by a redirect to storage of another origin; gated and private repositories; and what goes wrong with all that.
 */
export async function startHubServer(options: HubServerOptions): Promise<HubServer> {
  const repos = options.repos.map((repo): StoredRepo => ({
    ...repo,
    commits: new Map(),
    branches: new Map(),
  }));
  const requests: HubServerRequest[] = [];
  const find = (type: string, name: string): StoredRepo | undefined =>
    repos.find((repo) => repo.type === type && repo.name === name);
  const commit: HubServer['commit'] = ({ type, name, files, branch = 'main' }) => {
    const repo = find(type, name)!;
    const stored = new Map(Object.entries(files).map(([path, content]) => [path, store(path, content)]));
    const content = [...stored].map(([path, { oid }]) => path + oid).join();
    const sha = sha1(`${name} ${repo.commits.size} ${content}`);
    repo.branches.set(branch, sha);
    repo.commits.set(sha, stored);
    return sha;
  };
  for (const repo of repos) commit(repo);

  const serve = (host: HubServerRequest['host']) => (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { range, authorization } = incoming.headers;
    const path = incoming.url ?? '/';
    const request: HubServerRequest = { index: requests.length, host, path, range, authorization, sent: 0 };
    requests.push(request);
    const fault = options.fault?.(request);
    if (fault === 'hang-up') {
      incoming.socket.resetAndDestroy();
      return;
    }
    if (typeof fault === 'object' && 'status' in fault) {
      outgoing.writeHead(fault.status, fault.headers ?? {});
      outgoing.end(fault.body);
      return;
    }
    const url = new URL(path, hubUrl);
    const send: Sender = { request, outgoing, fault };
    if (host === 'storage') sendStored(url, send);
    else if (url.pathname.startsWith('/api/')) answerApi(url, send);
    else sendFile(url, send);
  };
  const [hub, storage] = [createServer(serve('hub')), createServer(serve('storage'))];
  const hubUrl = await listen(hub);
  // Another host by name, not only another port: clients follow redirects to the same host in other ways.
  const storageUrl = (await listen(storage)).replace('127.0.0.1', 'localhost');

  /** The repository, when the caller may see it; otherwise the refusal is sent. */
  const admit = (found: StoredRepo | undefined, { request, outgoing }: Sender): StoredRepo | undefined => {
    const sentToken = request.authorization?.replace(/^Bearer /, '');
    const isPublic = found !== undefined && (found.access !== 'private' || sentToken !== undefined);
    const isOpen = found?.access !== 'gated' || sentToken !== undefined || request.path.startsWith('/api/');
    if (sentToken !== undefined && sentToken !== options.token)
      refuse(outgoing, 401, { 'x-error-message': 'Invalid credentials in Authorization header' });
    else if (!isPublic)
      refuse(outgoing, sentToken === undefined ? 401 : 404, { 'x-error-code': 'RepoNotFound' });
    else if (!isOpen) refuse(outgoing, 401, { 'x-error-code': 'GatedRepo' });
    else return found;
    return undefined;
  };

  const answerApi = (url: URL, sender: Sender): void => {
    const [, type = '', name = '', what, revision = '', folder = ''] =
      /^\/api\/(model|dataset)s\/(.+?)\/(revision|tree)\/([^/]+)(?:\/(.*))?$/.exec(url.pathname) ?? [];
    const repo = admit(find(type, name), sender);
    if (repo === undefined) return;
    const [sha, files] = atRevision(repo, revision);
    if (files === undefined) {
      refuse(sender.outgoing, 404, { 'x-error-code': 'RevisionNotFound' });
      return;
    }
    if (what === 'revision') {
      const { access } = repo;
      const info = {
        _id: 'x',
        id: name,
        sha,
        private: access === 'private',
        gated: access === 'gated' && 'manual',
      };
      sendJson(sender, { ...info, downloads: 0, likes: 0, lastModified: '2026-01-31T00:00:00.000Z' });
      return;
    }
    const all = [...files]
      .filter(([path]) => path.startsWith(folder))
      .map(([path, file]) => treeEntry(path, file));
    const folders = [
      ...new Set([...files.keys()].filter((path) => path.includes('/')).map((path) => path.split('/')[0])),
    ];
    const entries = [...folders.map((path) => ({ type: 'directory', oid: sha, size: 0, path })), ...all];
    const { pageSize = entries.length } = options;
    const from = Number(url.searchParams.get('cursor') ?? 0);
    if (from + pageSize < entries.length) {
      url.searchParams.set('cursor', String(from + pageSize));
      sender.outgoing.setHeader('link', `<${url.href}>; rel="next"`);
    }
    sendJson(sender, entries.slice(from, from + pageSize));
  };

  const sendFile = (url: URL, sender: Sender): void => {
    const { outgoing } = sender;
    const [, datasets, name = '', revision = '', path = ''] =
      /^\/(datasets\/)?([^/]+(?:\/[^/]+)?)\/resolve\/([^/]+)\/(.+)$/.exec(url.pathname) ?? [];
    const repo = admit(find(datasets === undefined ? 'model' : 'dataset', name), sender);
    if (repo === undefined) return;
    const [sha, files] = atRevision(repo, revision);
    const file = files?.get(decodeURIComponent(path));
    if (sha === undefined || file === undefined) {
      refuse(outgoing, 404, { 'x-error-code': files === undefined ? 'RevisionNotFound' : 'EntryNotFound' });
      return;
    }
    outgoing.setHeader('x-repo-commit', sha);
    if (!file.isLarge) {
      outgoing.setHeader('etag', `"${file.oid}"`);
      sendBytes(file.bytes, sender);
      return;
    }
    outgoing.writeHead(302, {
      location: `${storageUrl}/${file.sha256}?Signature=secret-of-the-storage`,
      'x-linked-etag': `"${file.sha256}"`,
      'x-linked-size': String(file.bytes.length),
    });
    outgoing.end();
  };

  /** Storage wants its own signature, and refuses the Hub's token. */
  const sendStored = (url: URL, sender: Sender): void => {
    const stored = repos.flatMap(({ commits }) =>
      [...commits.values()].flatMap((files) => [...files.values()]),
    );
    const file = stored.find(({ sha256 }) => `/${sha256}` === url.pathname);
    if (file === undefined || sender.request.authorization !== undefined) refuse(sender.outgoing, 400, {});
    else sendBytes(file.bytes, sender);
  };

  return {
    url: hubUrl,
    requests,
    commit,
    head: (type, name) => find(type, name)!.branches.get('main')!,
    async close() {
      for (const server of [hub, storage])
        await new Promise<void>((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        });
    },
  };
}

interface Sender {
  readonly request: HubServerRequest;
  readonly outgoing: ServerResponse;
  readonly fault: HubServerFault | undefined;
}

function store(path: string, content: string | Uint8Array): StoredFile {
  const bytes = Buffer.from(content as Uint8Array);
  return {
    bytes,
    oid: sha1(Buffer.concat([Buffer.from(`blob ${bytes.length}\0`), bytes])),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    isLarge: /\.(safetensors|bin|parquet|gz)$/.test(path),
  };
}

function atRevision(
  { commits, branches }: StoredRepo,
  revision: string,
): readonly [string | undefined, ReadonlyMap<string, StoredFile> | undefined] {
  const wanted = decodeURIComponent(revision);
  const sha = branches.get(wanted === 'HEAD' ? 'main' : wanted) ?? wanted;
  return [sha, commits.get(sha)];
}

function treeEntry(path: string, { bytes, oid, sha256, isLarge }: StoredFile): object {
  const own = { type: 'file', oid, size: bytes.length, path };
  return isLarge ? { ...own, lfs: { oid: sha256, size: bytes.length, pointerSize: 134 } } : own;
}

function sendJson(sender: Sender, value: unknown): void {
  sender.outgoing.setHeader('content-type', 'application/json');
  sendBytes(Buffer.from(JSON.stringify(value)), {
    ...sender,
    request: { ...sender.request, range: undefined },
  });
}

function sendBytes(whole: Buffer, { request, outgoing, fault }: Sender): void {
  const [, first = '0', last = ''] =
    (fault !== 'no-ranges' && /^bytes=(\d+)-(\d*)$/.exec(request.range ?? '')) || [];
  const start = Number(first);
  if (start > 0 && start >= whole.length) {
    refuse(outgoing, 416, { 'content-range': `bytes */${whole.length}` });
    return;
  }
  const end = last === '' ? whole.length : Number(last) + 1;
  const body = Buffer.from(whole.subarray(start, end));
  if (fault === 'corrupt') body[body.length >> 1]! ^= 1;
  if (start > 0 || last !== '') {
    outgoing.statusCode = 206;
    outgoing.setHeader('content-range', `bytes ${start}-${start + body.length - 1}/${whole.length}`);
  }
  const broken = typeof fault === 'object' && 'after' in fault ? fault : undefined;
  const sent = broken === undefined ? body : body.subarray(0, broken.after);
  // One that ends too early has not said how long it is: its client cannot know.
  if (broken?.then !== 'end') outgoing.setHeader('content-length', body.length);
  request.sent += sent.length;
  if (broken?.then === 'hang-up')
    outgoing.write(sent, () => setTimeout(() => outgoing.socket?.resetAndDestroy(), 20));
  else if (broken?.then === 'silence') outgoing.write(sent);
  else outgoing.end(sent);
}

function refuse(
  outgoing: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
): undefined {
  outgoing.writeHead(status, headers);
  outgoing.end();
}

function sha1(content: string | Buffer): string {
  return createHash('sha1').update(content).digest('hex');
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
