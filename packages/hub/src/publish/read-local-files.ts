import { BezoarError } from '@bezoar/core';
import { createHash } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createGitHash } from '../download/content-hash.ts';
import { throwIfInterrupted } from '../http/with-retries.ts';
import { matchPath } from '../reference/match-path.ts';
import { changedFile, isUnreadable } from '../http/changed-file.ts';
import type { PublishTarget } from './publish-target.ts';

/** A file that may be sent, with both names that the Hub could give its content. */
export interface LocalFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Reads from the disk; fails when the file has changed since it was opened. */
  readonly blob: Blob;
  readonly sha256: string;
  /** SHA-1 as Git has it. */
  readonly gitHash: string;
}

export interface LocalFilesOptions {
  readonly folder: string;
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly contents?: Readonly<Record<string, string | Uint8Array>> | undefined;
}

/** What no one wants to publish: of Git and the Hub's own tools, of systems, and settings that often hold secrets. */
const neverSent = ['**/.git/**', '.cache/**', '**/.DS_Store', '**/.env', '**/.env.*'];

/** Progress is told once a mebibyte. */
const stepBytes = 1 << 20;

/**
 * Finds and hashes the files of a folder, sorted by path, each read once and never whole in memory. Throws BezoarError NOT_FOUND for
 * a folder that is not there, BAD_FILE for files that cannot be read or change meanwhile, BAD_CONFIG when there is nothing to publish.
 */
export async function readLocalFiles(
  options: LocalFilesOptions,
  target: PublishTarget,
): Promise<LocalFile[]> {
  const { folder, include = ['**'], exclude = [], contents = {} } = options;
  const wanted = (path: string): boolean =>
    !neverSent.some((pattern) => matchPath(path, pattern)) &&
    include.some((pattern) => matchPath(path, pattern)) &&
    !exclude.some((pattern) => matchPath(path, pattern));
  const onDisk = (await listFolder(folder)).filter((path) => wanted(path) && !(path in contents));
  const files: LocalFile[] = [];
  for (const path of [...onDisk, ...Object.keys(contents)].sort()) {
    throwIfInterrupted(target.settings.signal);
    const content = contents[path];
    const blob = content === undefined ? await openFile(folder, path) : new Blob([content]);
    files.push(await hashFile(path, blob, target));
  }
  if (files.length > 0) return files;
  throw new BezoarError('BAD_CONFIG', `${folder} has no file to publish.`, {
    advice: 'Check the folder, and what is included and excluded.',
  });
}

/** Paths of all files, with slashes; links to files count as files. */
async function listFolder(folder: string, prefix = ''): Promise<string[]> {
  const entries = await readdir(join(folder, prefix), { withFileTypes: true }).catch((cause: unknown) => {
    throw new BezoarError('NOT_FOUND', `The folder ${join(folder, prefix)} cannot be read.`, {
      advice: 'Check the path.',
      cause,
    });
  });
  const paths: string[] = [];
  for (const entry of entries) {
    const path = `${prefix}${entry.name}`;
    if (entry.isDirectory()) paths.push(...(await listFolder(folder, `${path}/`)));
    else if (entry.isFile() || (await isFile(join(folder, path)))) paths.push(path);
  }
  return paths;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

async function openFile(folder: string, path: string): Promise<Blob> {
  try {
    return await openAsBlob(join(folder, path));
  } catch (cause) {
    throw new BezoarError('BAD_FILE', `${join(folder, path)} cannot be read.`, { cause });
  }
}

async function hashFile(path: string, blob: Blob, { repo, settings }: PublishTarget): Promise<LocalFile> {
  const { size } = blob;
  const hashes = [createHash('sha256'), createGitHash(size)] as const;
  let done = 0;
  try {
    for await (const chunk of blob.stream() as unknown as AsyncIterable<Uint8Array>) {
      for (const hash of hashes) hash.update(chunk);
      const before = done;
      done += chunk.length;
      if (Math.floor(before / stepBytes) !== Math.floor(done / stepBytes) || done === size)
        settings.onProgress({ repo: repo.name, file: path, activity: 'hash', done, total: size });
      throwIfInterrupted(settings.signal);
    }
  } catch (cause) {
    throw isUnreadable(cause) ? changedFile(path, cause) : cause;
  }
  const [sha256, gitHash] = hashes;
  return { path, size, blob, sha256: sha256.digest('hex'), gitHash: gitHash.digest('hex') };
}
