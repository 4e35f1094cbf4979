import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerWrite, type WriteRequest } from './answer-write.ts';
import type { HubServer, HubServerOptions, HubServerRequest } from './hub-server.ts';
import { refuse, sendBytes, sendJson, type Sender } from './send.ts';
import { sendAccount } from './send-account.ts';
import {
  addCommit,
  atRevision,
  createStoredRepo,
  isLargePath,
  lookAt,
  storeFile,
  type StoredFile,
  type StoredRepo,
} from './stored-repo.ts';

/**
 * A server on loopback that speaks as much of the Hub's API as reading and publishing need: revisions, lists in pages, files with
 * ranges, large ones by a redirect to storage of another origin; new repositories, uploads, commits, tags; gated and private
 * repositories; and what goes wrong with all that.
 */
export async function startHubServer(options: HubServerOptions): Promise<HubServer> {
  const repos: StoredRepo[] = [];
  const requests: HubServerRequest[] = [];
  /** Large contents that have been uploaded, by SHA-256; a commit makes files of them. */
  const uploads = new Map<string, Buffer>();
  const find = (type: string, name: string): StoredRepo | undefined =>
    repos.find((repo) => repo.type === type && repo.name === name);
  const commit: HubServer['commit'] = ({ type, name, files, branch = 'main' }) => {
    const stored = Object.entries(files).map(
      ([path, content]) => [path, storeFile(content, { isLarge: isLargePath(path) })] as const,
    );
    return addCommit(find(type, name)!, { branch, files: new Map(stored), summary: 'by the test' });
  };
  for (const repo of options.repos) {
    repos.push(createStoredRepo(repo));
    commit(repo);
  }

  const serve = (host: HubServerRequest['host']) => (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { range, authorization } = incoming.headers;
    const { url: path = '/', method = 'GET' } = incoming;
    const about = { index: requests.length, host, method, path, range, authorization };
    const request: HubServerRequest = { ...about, sent: 0, received: 0 };
    requests.push(request);
    const fault = options.fault?.(request);
    if (fault === 'hang-up') {
      incoming.socket.resetAndDestroy();
      return;
    }
    if (typeof fault === 'object' && 'status' in fault) {
      incoming.resume();
      outgoing.writeHead(fault.status, fault.headers ?? {});
      outgoing.end(fault.body);
      return;
    }
    const url = new URL(path, hubUrl);
    const send: Sender = { request, outgoing, fault };
    if (method !== 'GET' && method !== 'HEAD') {
      receive(incoming, send, (body) => answer({ url, body, send }));
    } else if (host === 'storage') sendStored(url, send);
    else if (url.pathname.startsWith('/api/')) answerApi(url, send);
    else sendFile(url, send);
  };
  const [hub, storage] = [createServer(serve('hub')), createServer(serve('storage'))];
  const hubUrl = await listen(hub);
  // Another host by name, not only another port: clients follow redirects to the same host in other ways.
  const storageUrl = (await listen(storage)).replace('127.0.0.1', 'localhost');

  const answer = (write: WriteRequest): void =>
    answerWrite(write, { ...options, repos, uploads, storageUrl, find });

  /** The repository, when the caller may see it; otherwise the refusal is sent. */
  const admit = (found: StoredRepo | undefined, { request, outgoing }: Sender): StoredRepo | undefined => {
    const sentToken = request.authorization?.replace(/^Bearer /, '');
    const isPublic = found !== undefined && (found.access !== 'private' || sentToken !== undefined);
    const isOpen = found?.access !== 'gated' || sentToken !== undefined || request.path.startsWith('/api/');
    if (sentToken !== undefined && ![options.token, options.readToken].includes(sentToken))
      refuse(outgoing, 401, { 'x-error-message': 'Invalid credentials in Authorization header' });
    else if (!isPublic)
      refuse(outgoing, sentToken === undefined ? 401 : 404, { 'x-error-code': 'RepoNotFound' });
    else if (!isOpen) refuse(outgoing, 401, { 'x-error-code': 'GatedRepo' });
    else return found;
    return undefined;
  };

  const answerApi = (url: URL, sender: Sender): void => {
    if (url.pathname === '/api/whoami-v2') {
      sendAccount(sender, options);
      return;
    }
    const [, type = '', name = '', what, revision = '', folder = ''] =
      /^\/api\/(model|dataset)s\/(.+?)\/(revision|tree|refs)(?:\/([^/]+)(?:\/(.*))?)?$/.exec(url.pathname) ??
      [];
    const repo = admit(find(type, name), sender);
    if (repo === undefined) return;
    if (what === 'refs') {
      sendJson(sender, {
        branches: references(repo.branches, 'heads'),
        tags: references(repo.tags, 'tags'),
        converts: [],
      });
      return;
    }
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
    look(type, name) {
      const repo = find(type, name);
      return repo === undefined ? undefined : lookAt(repo);
    },
    async close() {
      for (const server of [hub, storage])
        await new Promise<void>((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        });
    },
  };
}

function treeEntry(path: string, { bytes, oid, sha256, isLarge }: StoredFile): object {
  const own = { type: 'file', oid, size: bytes.length, path };
  return isLarge ? { ...own, lfs: { oid: sha256, size: bytes.length, pointerSize: 134 } } : own;
}

function references(found: ReadonlyMap<string, string>, kind: 'heads' | 'tags'): object[] {
  return [...found].map(([name, targetCommit]) => ({ name, ref: `refs/${kind}/${name}`, targetCommit }));
}

/** The whole body, unless the fault is that it does not come so far. */
function receive(incoming: IncomingMessage, { request, fault }: Sender, done: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  const broken = typeof fault === 'object' && 'upTo' in fault ? fault : undefined;
  incoming.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    request.received += chunk.length;
    if (broken === undefined || request.received < broken.upTo) return;
    if (broken.then === 'hang-up') incoming.socket.resetAndDestroy();
    else incoming.pause();
  });
  incoming.on('end', () => {
    if (broken === undefined || request.received < broken.upTo) done(Buffer.concat(chunks));
  });
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
