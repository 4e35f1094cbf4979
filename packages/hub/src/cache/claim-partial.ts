import { constants, copyFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** A content that is not whole yet, and belongs to nobody else. */
export interface PartialFile {
  readonly path: string;
  /** Gives it back, for whoever goes on with it. */
  release(): Promise<void>;
}

export interface ClaimOptions {
  readonly blobs: string;
  readonly hash: string;
  /** Bytes of the whole content. */
  readonly size: number;
}

/** Nobody waits for longer than this between two bytes. */
const abandonedAfterMs = 15 * 60_000;

/**
 * Takes what has arrived of a content: `HASH.OWNER.incomplete` has one owner at a time, and is taken over by a rename, so no
 * two processes ever write to one file. What Python left (`HASH.incomplete`, which it may be writing to) is copied, not
 * taken. Undefined while another living process has it.
 */
export async function claimPartial(options: ClaimOptions): Promise<PartialFile | undefined> {
  const { blobs, hash, size } = options;
  await mkdir(blobs, { recursive: true });
  if ((await findParts(options)).some(({ living }) => living)) return undefined;
  const path = await reserve(blobs, hash);
  const parts = await findParts(options);
  // Of two that begin at the same moment, one steps back.
  if (parts.some((part) => part.living && part.path < path)) {
    await rm(path, { force: true });
    return undefined;
  }
  const left = parts.filter((part) => !part.living).sort((a, b) => b.size - a.size);
  const taken = await takeFirst(left, path);
  for (const other of left) if (other !== taken) await rm(other.path, { force: true });
  if (taken === undefined) await copyFromPython({ ...options, path });
  return {
    path,
    async release() {
      const { size: arrived } = await stat(path);
      if (arrived === 0 || arrived > size) await rm(path, { force: true });
      else await rename(path, join(blobs, `${hash}.left.incomplete`));
    },
  };
}

interface Part {
  readonly path: string;
  readonly size: number;
  readonly living: boolean;
}

async function findParts({ blobs, hash }: ClaimOptions): Promise<Part[]> {
  const names = (await readdir(blobs)).filter(
    (name) => name.startsWith(`${hash}.`) && name.endsWith('.incomplete'),
  );
  const parts: Part[] = [];
  for (const name of names) {
    const owner = name.slice(hash.length + 1, -'incomplete'.length - 1);
    // Without an owner it is Python's.
    if (owner === '') continue;
    const path = join(blobs, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined) parts.push({ path, size: found.size, living: isLiving(owner, found.mtimeMs) });
  }
  return parts;
}

/** A process of another machine is judged by when it last wrote. */
function isLiving(owner: string, mtimeMs: number): boolean {
  const [, host, id] = /^(.*)-(\d+)-\d+$/.exec(owner) ?? [];
  if (host === undefined || Date.now() - mtimeMs > abandonedAfterMs) return false;
  if (host !== hostName()) return true;
  const pid = Number(id);
  // In a container every run may get the same id: what is older than this process is not of this process.
  if (pid === process.pid) return mtimeMs >= Date.now() - process.uptime() * 1000;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function hostName(): string {
  return hostname().replace(/[^\w-]/g, '_');
}

/** An empty file of this process's own. */
async function reserve(blobs: string, hash: string): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    const path = join(blobs, `${hash}.${hostName()}-${process.pid}-${attempt}.incomplete`);
    try {
      await (await open(path, 'wx')).close();
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Whoever renames it first has it. */
async function takeFirst(parts: readonly Part[], path: string): Promise<Part | undefined> {
  for (const part of parts) {
    const taken = await rename(part.path, path).then(
      () => true,
      () => false,
    );
    if (taken) return part;
  }
  return undefined;
}

async function copyFromPython({
  blobs,
  hash,
  size,
  path,
}: ClaimOptions & { readonly path: string }): Promise<void> {
  const python = join(blobs, `${hash}.incomplete`);
  const found = await stat(python).catch(() => undefined);
  if (found !== undefined && found.size > 0 && found.size <= size)
    await copyFile(python, path, constants.COPYFILE_FICLONE);
}
