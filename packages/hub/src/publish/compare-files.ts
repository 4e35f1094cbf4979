import type { HubFile } from '../snapshot/hub-file.ts';
import type { LocalFile } from './read-local-files.ts';

/** A file of the folder beside what the Hub has under its path. */
export interface PublishFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
  readonly state: 'new' | 'changed' | 'unchanged';
}

export function compareFile(file: LocalFile, remote: HubFile | undefined): PublishFile {
  const { path, size, sha256 } = file;
  const known = isSame(file, remote) ? 'unchanged' : 'changed';
  return { path, size, sha256, state: remote === undefined ? 'new' : known };
}

/** By the hash that the Hub has: that of Git for small files, SHA-256 for large ones. */
export function isSame({ sha256, gitHash }: LocalFile, remote: HubFile | undefined): boolean {
  return remote?.hash !== undefined && [sha256, gitHash].includes(remote.hash);
}
