import { BezoarError } from '@bezoar/core';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { claimPartial, type PartialFile } from '../cache/claim-partial.ts';
import type { RepoCache } from '../cache/open-repo-cache.ts';
import { throwIfInterrupted } from '../http/with-retries.ts';
import type { HubSettings } from '../settings/resolve-settings.ts';
import { describeRepo } from '../reference/hub-repo.ts';
import type { FileSubject } from './file-url.ts';
import { openPartialWriter } from './open-partial-writer.ts';
import { receiveFile } from './receive-file.ts';

export interface BlobRequest {
  readonly subject: FileSubject;
  readonly hash: string;
  /** Bytes. */
  readonly size: number;
}

const lookAgainMs = 250;

/**
 * Brings a content into the cache, from where an earlier try stopped, and checks it. While another process is at it, waits for
 * that one. Throws BezoarError BAD_FILE when what arrives whole is something else, and what requests throw.
 */
export async function downloadBlob(
  request: BlobRequest,
  cache: RepoCache,
  settings: HubSettings,
): Promise<void> {
  const { hash, size, subject } = request;
  for (let looks = 0; ; looks++) {
    if (await cache.hasBlob(hash)) return;
    throwIfInterrupted(settings.signal);
    const partial = await claimPartial({ blobs: cache.blobs, hash, size });
    if (partial === undefined) {
      if (looks === 0)
        settings.onNote(
          `${subject.file} of ${subject.repo.name} is being downloaded by another process: waiting for it.`,
        );
      await settings.sleep(lookAgainMs, settings.signal);
      continue;
    }
    // The one before may have finished between the two looks.
    if (await cache.hasBlob(hash)) await rm(partial.path, { force: true });
    else await complete(partial, request, { blob: join(cache.blobs, hash), settings });
    return;
  }
}

interface Target {
  readonly blob: string;
  readonly settings: HubSettings;
}

async function complete(
  partial: PartialFile,
  request: BlobRequest,
  { blob, settings }: Target,
): Promise<void> {
  try {
    await receiveChecked(partial.path, request, settings);
    await rename(partial.path, blob);
  } catch (error) {
    await partial.release();
    throw error;
  }
}

async function receiveChecked(path: string, request: BlobRequest, settings: HubSettings): Promise<void> {
  const { subject, hash, size } = request;
  const writer = await openPartialWriter(path, { hash, size });
  try {
    const resumed = writer.size > 0;
    await receiveFile(writer, subject, settings);
    if (writer.digest() === hash) return;
    if (resumed) {
      // What an earlier process left may be damaged: a machine that lost its power wrote the length before the bytes.
      await writer.restart();
      await receiveFile(writer, subject, settings);
      if (writer.digest() === hash) return;
    }
    await writer.restart();
    throw new BezoarError(
      'BAD_FILE',
      `${describeRepo(subject.repo)}: ${subject.file} arrived whole, but its content is not what the Hub says (${hash.slice(0, 12)}…).`,
      { advice: 'Nothing of it was kept. A proxy or a mirror in between changes files: go around it.' },
    );
  } finally {
    await writer.close();
  }
}
