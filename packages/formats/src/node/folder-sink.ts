import { BezoarError } from '@bezoar/core';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { FolderSink } from '../file-source.ts';

/**
 * Writes files into a folder, which is made when needed. Each is written to a temporary file beside it, synced to disk
 * and renamed, and the folder is synced: after a crash at any moment the old file or the new one is there, whole.
 */
export function folderSink(path: string): FolderSink {
  return {
    name: path,
    async write(name, chunks) {
      const target = join(path, name);
      const folder = dirname(target);
      const prefix = `.${basename(target)}.`;
      const temporary = join(folder, `${prefix}${process.pid}.tmp`);
      try {
        await mkdir(folder, { recursive: true });
        await removeLeftovers(folder, prefix);
        const file = await open(temporary, 'w');
        try {
          for await (const chunk of chunks) await file.writev([chunk]);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(temporary, target);
        await syncFolder(folder);
      } catch (cause) {
        await rm(temporary, { force: true });
        if (BezoarError.isInstance(cause)) throw cause;
        throw new BezoarError('BAD_FILE', `${target} could not be written: ${(cause as Error).message}.`, {
          advice: 'What stood there before is untouched. Check free space and permissions.',
          cause,
        });
      }
    },
  };
}

/** Temporary files of processes that were killed while they wrote the same file. */
async function removeLeftovers(folder: string, prefix: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix) || !name.endsWith('.tmp')) continue;
    const owner = Number(name.slice(prefix.length, -'.tmp'.length));
    if (!isAlive(owner)) await rm(join(folder, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Makes the rename itself durable. Not every file system can; those that cannot say so and are left alone. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
