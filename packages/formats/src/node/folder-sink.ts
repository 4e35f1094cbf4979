import { BezoarError } from '@bezoar/core';
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
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
      let temporary: Temporary | undefined;
      try {
        await mkdir(dirname(target), { recursive: true });
        await removeLeftovers(target);
        temporary = await openTemporary(target);
        try {
          for await (const chunk of chunks) await writeAll(temporary.file, chunk);
          await temporary.file.sync();
        } finally {
          await temporary.file.close();
        }
        await rename(temporary.path, target);
        await syncFolder(dirname(target));
      } catch (cause) {
        if (temporary !== undefined) await rm(temporary.path, { force: true });
        if (BezoarError.isInstance(cause)) throw cause;
        throw new BezoarError('BAD_FILE', `${target} could not be written: ${(cause as Error).message}.`, {
          advice: 'What stood there before is untouched. Check free space and permissions.',
          cause,
        });
      }
    },
    async remove(name) {
      const target = join(path, name);
      await rm(target, { force: true });
      await syncFolder(dirname(target));
    },
  };
}

interface Temporary {
  readonly path: string;
  readonly file: FileHandle;
}

/** A new file beside the target that no other writer has: two writers of one target must not share it. */
async function openTemporary(target: string): Promise<Temporary> {
  for (let attempt = 0; ; attempt++) {
    const path = join(dirname(target), `${temporaryPrefix(target)}${process.pid}.${attempt}.tmp`);
    try {
      return { path, file: await open(path, 'wx') };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function temporaryPrefix(target: string): string {
  return `.${basename(target)}.`;
}

/** A system call may write less than it was given: near a full disk, and never more than 2 GiB. */
async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, Math.min(bytes.length - done, 2 ** 30));
    done += bytesWritten;
  }
}

/** Temporary files of processes that were killed while they wrote the same file. */
async function removeLeftovers(target: string): Promise<void> {
  const [folder, prefix] = [dirname(target), temporaryPrefix(target)];
  for (const name of await readdir(folder)) {
    const owner = name.startsWith(prefix) && /^(\d+)\.\d+\.tmp$/.exec(name.slice(prefix.length))?.[1];
    if (typeof owner === 'string' && (await isLeftover(join(folder, name), Number(owner))))
      await rm(join(folder, name), { force: true });
  }
}

/** In a container every run may get the same id: what is older than this process is not of this process. */
async function isLeftover(path: string, owner: number): Promise<boolean> {
  if (owner !== process.pid) return !isAlive(owner);
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
  return mtimeMs < Date.now() - process.uptime() * 1000;
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
