import type { HubServerOptions } from './hub-server.ts';
import { refuse, sendJson, type Sender } from './send.ts';
import {
  addCommit,
  atRevision,
  createStoredRepo,
  isLargePath,
  storeFile,
  type StoredFile,
  type StoredRepo,
} from './stored-repo.ts';

export interface WriteRequest {
  readonly url: URL;
  readonly body: Buffer;
  readonly send: Sender;
}

export interface WriteTarget extends Pick<HubServerOptions, 'token' | 'readToken' | 'partBytes'> {
  readonly repos: StoredRepo[];
  /** By SHA-256; unfinished parts by `SHA-256/number`. */
  readonly uploads: Map<string, Buffer>;
  readonly storageUrl: string;
  find(type: string, name: string): StoredRepo | undefined;
}

/** All that is not GET: new repositories and branches, the way of large files, commits, tags. */
export function answerWrite(write: WriteRequest, target: WriteTarget): void {
  const { url, send } = write;
  const { request, outgoing } = send;
  if (request.host === 'storage') {
    takeUpload(write, target);
    return;
  }
  const sentToken = request.authorization?.replace(/^Bearer /, '');
  if (sentToken === undefined || ![target.token, target.readToken].includes(sentToken)) {
    refuse(outgoing, 401, { 'x-error-message': 'Invalid credentials in Authorization header' });
    return;
  }
  if (sentToken === target.readToken) {
    refuse(outgoing, 403, { 'x-error-message': 'Forbidden: pass a token with the right role.' });
    return;
  }
  if (url.pathname === '/api/repos/create') {
    createRepo(write, target);
    return;
  }
  const [, datasets, lfsName = '', lfsWhat] =
    /^\/(datasets\/)?([^/]+\/[^/]+)\.git\/info\/lfs\/(objects\/batch|complete|verify)$/.exec(url.pathname) ??
    [];
  const [, type = '', name = '', what, revision = ''] =
    /^\/api\/(model|dataset)s\/([^/]+\/[^/]+)\/(preupload|commit|tag|branch)\/([^/]+)$/.exec(url.pathname) ??
    [];
  const repo =
    lfsWhat === undefined
      ? target.find(type, name)
      : target.find(datasets === undefined ? 'model' : 'dataset', lfsName);
  if (repo === undefined) {
    refuse(outgoing, 404, { 'x-error-code': 'RepoNotFound' });
    return;
  }
  const named = decodeURIComponent(revision);
  if (lfsWhat === 'objects/batch') offerUploads(write, target);
  else if (lfsWhat === 'complete') completeParts(write, target);
  else if (lfsWhat === 'verify') verifyUpload(write, target);
  else if (what === 'branch') createBranch(write, repo, named);
  else if (!repo.branches.has(named) && !repo.commits.has(named))
    refuse(outgoing, 404, { 'x-error-code': 'RevisionNotFound' });
  else if (what === 'preupload') sortFiles(write, repo, named);
  else if (what === 'commit') takeCommit(write, { repo, branch: named, uploads: target.uploads });
  else createTag(write, repo, named);
}

function createRepo({ body, send, url }: WriteRequest, target: WriteTarget): void {
  const { name, organization, type = 'model', visibility } = parse(body) as Record<string, string>;
  const full = `${organization!}/${name!}`;
  const link = `${url.origin}/${type === 'dataset' ? 'datasets/' : ''}${full}`;
  if (target.find(type, full) !== undefined) {
    send.outgoing.statusCode = 409;
    sendJson(send, { error: 'You already created this model repo', url: link });
    return;
  }
  const repo = createStoredRepo({
    type: type as StoredRepo['type'],
    name: full,
    ...(visibility === 'private' ? { access: 'private' } : {}),
  });
  target.repos.push(repo);
  const attributes = storeFile('*.bin filter=lfs diff=lfs merge=lfs -text\n', { isLarge: false });
  addCommit(repo, {
    branch: 'main',
    files: new Map([['.gitattributes', attributes]]),
    summary: 'initial commit',
  });
  sendJson(send, { url: link, id: full });
}

function createBranch({ body, send }: WriteRequest, { branches }: StoredRepo, name: string): void {
  const { startingPoint = 'main' } = parse(body) as { startingPoint?: string };
  if (branches.has(name)) {
    refuse(send.outgoing, 409, {});
    return;
  }
  branches.set(name, branches.get(startingPoint) ?? startingPoint);
  sendJson(send, {});
}

function createTag({ body, send }: WriteRequest, { branches, tags }: StoredRepo, revision: string): void {
  const { tag } = parse(body) as { tag: string };
  if (tags.has(tag)) {
    refuse(send.outgoing, 409, { 'x-error-message': 'Tag reference exists already' });
    return;
  }
  tags.set(tag, branches.get(revision) ?? revision);
  sendJson(send, {});
}

/** `oid`: what the branch has under the path now; clients leave out what is the same. */
function sortFiles({ body, send }: WriteRequest, repo: StoredRepo, branch: string): void {
  const [, present] = atRevision(repo, branch);
  const { files } = parse(body) as { files: { path: string; size: number }[] };
  sendJson(send, {
    files: files.map(({ path, size }) => ({
      path,
      oid: nameOf(present?.get(path)),
      uploadMode: isLargePath(path) && size > 0 ? 'lfs' : 'regular',
      shouldIgnore: false,
    })),
  });
}

function nameOf(file: StoredFile | undefined): string | null {
  if (file === undefined) return null;
  return file.isLarge ? file.sha256 : file.oid;
}

interface LfsObject {
  readonly oid: string;
  readonly size: number;
}

function offerUploads({ url, body, send }: WriteRequest, target: WriteTarget): void {
  const { objects } = parse(body) as { objects: LfsObject[] };
  const { uploads, storageUrl, partBytes = Infinity } = target;
  const kept = new Set(
    target.repos.flatMap(({ commits }) =>
      [...commits.values()].flatMap((files) => [...files.values()].map(({ sha256 }) => sha256)),
    ),
  );
  const signature = 'X-Signature=secret-of-the-storage';
  const offer = ({ oid, size }: LfsObject): object => {
    if (uploads.has(oid) || kept.has(oid)) return { oid, size };
    const hub = `${url.origin}${url.pathname.replace('objects/batch', '')}`;
    if (size <= partBytes) {
      const upload = { href: `${storageUrl}/${oid}?${signature}`, header: { 'x-checksum': oid } };
      return { oid, size, actions: { upload, verify: { href: `${hub}verify` } } };
    }
    const parts = Array.from({ length: Math.ceil(size / partBytes) }, (_, index) => [
      String(index + 1).padStart(5, '0'),
      `${storageUrl}/${oid}/${index + 1}?${signature}`,
    ]);
    const header = { chunk_size: String(partBytes), ...Object.fromEntries(parts) } as object;
    return { oid, size, actions: { upload: { href: `${hub}complete`, header } } };
  };
  sendJson(send, { transfer: 'basic', objects: objects.map(offer) });
}

/** Storage wants its own signature, the length beforehand, and refuses the Hub's token. */
function takeUpload({ url, body, send }: WriteRequest, { uploads }: WriteTarget): void {
  const { request, outgoing } = send;
  const [, oid = '', part] = /^\/([0-9a-f]{64})(?:\/(\d+))?$/.exec(url.pathname) ?? [];
  const isSigned = url.searchParams.get('X-Signature') === 'secret-of-the-storage';
  const { sha256 } = storeFile(body, { isLarge: true });
  if (!isSigned || request.authorization !== undefined || (part === undefined && sha256 !== oid)) {
    refuse(outgoing, 400, {});
    return;
  }
  uploads.set(part === undefined ? oid : `${oid}/${part}`, body);
  outgoing.setHeader('etag', `"${sha256.slice(0, 32)}"`);
  outgoing.end();
}

function completeParts({ body, send }: WriteRequest, { uploads }: WriteTarget): void {
  const { oid, parts } = parse(body) as { oid: string; parts: { partNumber: number; etag: string }[] };
  const found = parts.map(({ partNumber, etag }) => {
    const bytes = uploads.get(`${oid}/${partNumber}`);
    const isRight =
      bytes !== undefined && etag === `"${storeFile(bytes, { isLarge: true }).sha256.slice(0, 32)}"`;
    return isRight ? bytes : undefined;
  });
  const whole = Buffer.concat(found.filter((bytes) => bytes !== undefined));
  if (found.includes(undefined) || storeFile(whole, { isLarge: true }).sha256 !== oid) {
    refuse(send.outgoing, 400, { 'x-error-message': 'parts are missing' });
    return;
  }
  uploads.set(oid, whole);
  sendJson(send, {});
}

function verifyUpload({ body, send }: WriteRequest, { uploads }: WriteTarget): void {
  const { oid, size } = parse(body) as LfsObject;
  if (uploads.get(oid)?.length === size) sendJson(send, {});
  else refuse(send.outgoing, 404, {});
}

interface CommitTarget {
  readonly repo: StoredRepo;
  readonly branch: string;
  readonly uploads: ReadonlyMap<string, Buffer>;
}

function takeCommit({ url, body, send }: WriteRequest, { repo, branch, uploads }: CommitTarget): void {
  const lines = body
    .toString('utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { key: string; value: Record<string, string> });
  const { summary = '', parentCommit } = lines[0]!.value;
  const head = repo.branches.get(branch)!;
  if (parentCommit !== undefined && parentCommit !== head) {
    refuse(send.outgoing, 412, {
      'x-error-message': 'A commit has happened since. Please refresh and try again.',
    });
    return;
  }
  const files = new Map(repo.commits.get(head));
  for (const { key, value } of lines.slice(1)) {
    const stored = key === 'file' ? smallFile(value) : largeFile(value, { repo, uploads });
    if (stored === undefined) {
      refuse(send.outgoing, 400, { 'x-error-message': `${value['path']!} was not uploaded` });
      return;
    }
    files.set(value['path']!, stored);
  }
  const commit = addCommit(repo, { branch, files, summary });
  sendJson(send, {
    success: true,
    commitOid: commit,
    commitUrl: `${url.origin}/${repo.name}/commit/${commit}`,
    hookOutput: '',
  });
}

function smallFile({ content = '', encoding, path = '' }: Record<string, string>): StoredFile | undefined {
  // The Hub takes no large file in the commit itself.
  if (isLargePath(path) && content !== '') return undefined;
  return storeFile(Buffer.from(content, encoding === 'base64' ? 'base64' : 'utf8'), { isLarge: false });
}

function largeFile(
  { oid = '' }: Record<string, string>,
  { repo, uploads }: Pick<CommitTarget, 'repo' | 'uploads'>,
): StoredFile | undefined {
  const bytes = uploads.get(oid);
  if (bytes !== undefined) return storeFile(bytes, { isLarge: true });
  return [...repo.commits.values()]
    .flatMap((files) => [...files.values()])
    .find(({ sha256, isLarge }) => isLarge && sha256 === oid);
}

function parse(body: Buffer): unknown {
  return JSON.parse(body.toString('utf8')) as unknown;
}
