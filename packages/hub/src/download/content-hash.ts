import { createHash, type Hash } from 'node:crypto';

/** The hash by which the Hub names a content of `size` bytes: SHA-256 for large files (64 hex digits), and for the others Git's. */
export function createContentHash(hash: string, size: number): Hash {
  return hash.length === 64 ? createHash('sha256') : createGitHash(size);
}

/** That of a Git blob: SHA-1 over `blob SIZE`, a zero byte and the content. */
export function createGitHash(size: number): Hash {
  return createHash('sha1').update(`blob ${size}\0`);
}
