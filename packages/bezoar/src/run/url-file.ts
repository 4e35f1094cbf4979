import { BezoarError } from '@bezoar/core';
import { folderSink } from '@bezoar/formats/node';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';

/** A file on the web whose content is known before it is there. */
export interface UrlFile {
  readonly url: string;
  /** Lower-case hex. */
  readonly sha256: string;
}

export function isUrl(reference: string): boolean {
  return /^https?:\/\//.test(reference);
}

/** Reads `https://host/question.jsonl#sha256=…`. Throws BezoarError BAD_CONFIG without a checksum: a file on the web may change. */
export function parseUrlFile(reference: string): UrlFile {
  const [url, sha256] = reference.split('#sha256=') as [string, string?];
  if (sha256 !== undefined && /^[0-9a-f]{64}$/i.test(sha256)) return { url, sha256: sha256.toLowerCase() };
  throw new BezoarError('BAD_CONFIG', `${url} has no checksum.`, {
    advice: 'Write its SHA-256 behind it, as sha256sum prints it: https://host/file.jsonl#sha256=….',
  });
}

export interface FetchUrlOptions {
  /** Says where caches lie: `XDG_CACHE_HOME`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Path of the file in `bezoar/downloads` of the user's caches, downloaded where it is not there. Throws BezoarError NOT_FOUND when the
 * server does not give it, and BAD_FILE when it is another one.
 */
export async function fetchUrlFile(file: UrlFile, options: FetchUrlOptions): Promise<string> {
  const there = await findUrlFile(file, options);
  if (there !== undefined) return there;
  const { url, sha256 } = file;
  const bytes = await download(url, options.signal);
  const found = hashOf(bytes);
  if (found !== sha256) {
    throw new BezoarError('BAD_FILE', `${url} has the SHA-256 ${found}, not ${sha256}.`, {
      advice: 'The file has changed, or the checksum is that of another one.',
    });
  }
  const { folder, name } = placeOf(file, options);
  await folderSink(folder).write(name, [bytes]);
  return join(folder, name);
}

/** Its path when it was downloaded before. */
export async function findUrlFile(
  file: UrlFile,
  options: Pick<FetchUrlOptions, 'env'>,
): Promise<string | undefined> {
  const { folder, name } = placeOf(file, options);
  const path = join(folder, name);
  const old = await readFile(path).catch(() => undefined);
  return old !== undefined && hashOf(old) === file.sha256 ? path : undefined;
}

function placeOf(
  { url, sha256 }: UrlFile,
  { env }: Pick<FetchUrlOptions, 'env'>,
): { readonly folder: string; readonly name: string } {
  const caches = env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return {
    folder: join(caches, 'bezoar', 'downloads', sha256),
    name: basename(new URL(url).pathname) || 'file',
  };
}

async function download(url: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const failed = (why: string, cause?: unknown): BezoarError =>
    new BezoarError('NOT_FOUND', `${url} could not be downloaded: ${why}.`, {
      advice: 'Check the address, or download it yourself and name its path.',
      cause,
    });
  try {
    const response = await fetch(url, signal === undefined ? {} : { signal });
    if (!response.ok) throw failed(`HTTP ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    if (BezoarError.isInstance(error) || signal?.aborted === true) throw error;
    const cause = (error as { cause?: unknown }).cause ?? error;
    throw failed(cause instanceof Error ? cause.message : String(cause), error);
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
