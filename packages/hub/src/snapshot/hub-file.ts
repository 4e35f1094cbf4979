import { BezoarError } from '@bezoar/core';
import { z } from 'zod';

/** A file of a commit. */
export interface HubFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /**
   * Hash of the content and name of the file's blob in the cache: SHA-256 for large files (64 hex digits), Git's own SHA-1
   * for the others (40). Undefined for files that were found in the cache with no list of the commit beside them.
   */
  readonly hash?: string | undefined;
}

/** An entry of the tree API; the lists in the cache hold the same. */
const entrySchema = z.object({
  type: z.string(),
  path: z.string(),
  size: z.number().int().min(0),
  oid: z.string().regex(/^[0-9a-f]{40}$/),
  lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.number().int().min(0) }).optional(),
});

/** Undefined for folders. Throws BezoarError BAD_FILE for a path that leads out of the repository. */
export function toHubFile(entry: unknown): HubFile | undefined {
  const parsed = entrySchema.safeParse(entry);
  if (!parsed.success) {
    throw new BezoarError('BAD_FILE', 'The Hub lists a file without its hash or its size.', {
      advice: 'A server that only looks like the Hub? See HF_ENDPOINT.',
      cause: parsed.error,
    });
  }
  const { type, path, oid, size, lfs } = parsed.data;
  if (type !== 'file') return undefined;
  requireInside(path);
  return { path, size: lfs?.size ?? size, hash: lfs?.oid ?? oid };
}

/** Paths come from whoever owns the repository, and become paths on this disk. */
export function requireInside(path: string): void {
  const parts = path.split('/');
  if (!/[\\\0]/.test(path) && parts.every((part) => part !== '' && part !== '.' && part !== '..')) return;
  throw new BezoarError(
    'BAD_FILE',
    `The repository has a file whose path leads out of it: ${JSON.stringify(path)}.`,
  );
}
