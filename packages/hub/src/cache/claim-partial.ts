import { constants, copyFile, mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
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

/** In place of an owner. */
const left = 'left';

/** Nobody waits for longer than this between two bytes. */
const abandonedAfterMs = 15 * 60_000;

/**
 * Takes what has arrived of a content: `HASH.HOST-PID-N.incomplete` has one owner at a time, and is taken over by a rename, so
 * no two processes ever write to one file. What Python has begun (`HASH.incomplete`, and since its version 2
 * `HASH.RANDOM.incomplete`), which it may be writing to, is copied and not taken. Undefined while another living process has it.
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
  const free = parts.filter((part) => !part.living).sort((a, b) => b.size - a.size);
  const taken = await takeFirst(free, path);
  for (const other of free) if (other !== taken) await rm(other.path, { force: true });
  if (taken === undefined) await copyFromPython({ ...options, path });
  return {
    path,
    async release() {
      const { size: arrived } = await stat(path).catch(() => ({ size: 0 }));
      if (arrived === 0 || arrived > size) await rm(path, { force: true });
      else await rename(path, join(blobs, `${hash}.${left}.incomplete`));
    },
  };
}

interface Part {
  readonly path: string;
  readonly size: number;
  readonly living: boolean;
}

async function findParts({ blobs, hash }: ClaimOptions): Promise<Part[]> {
  const parts: Part[] = [];
  for (const name of await partNames(blobs, hash)) {
    const owner = ownerOf(name, hash);
    const path = join(blobs, name);
    const found = await stat(path).catch(() => undefined);
    if (owner !== undefined && found !== undefined)
      parts.push({ path, size: found.size, living: isLiving(owner, found.mtimeMs) });
  }
  return parts;
}

interface Owner {
  readonly host: string;
  readonly pid: number;
}

/** `nobody`: its owner has given it back. Undefined for Python's. */
function ownerOf(name: string, hash: string): Owner | 'nobody' | undefined {
  const owner = name.slice(hash.length + 1, -'incomplete'.length - 1);
  if (owner === left) return 'nobody';
  const [, host, pid] = /^(.+)-(\d+)-\d+$/.exec(owner) ?? [];
  return host === undefined ? undefined : { host, pid: Number(pid) };
}

/** A process of another machine is judged by when it last wrote. */
function isLiving(owner: Owner | 'nobody', mtimeMs: number): boolean {
  if (owner === 'nobody' || Date.now() - mtimeMs > abandonedAfterMs) return false;
  const { host, pid } = owner;
  if (host !== hostName()) return true;
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

/** Whoever renames it first has it. Its time is made new before: an old one would look abandoned until the first write. */
async function takeFirst(parts: readonly Part[], path: string): Promise<Part | undefined> {
  for (const part of parts) {
    const now = new Date();
    await utimes(part.path, now, now).catch(() => undefined);
    const taken = await rename(part.path, path).then(
      () => true,
      () => false,
    );
    if (taken) return part;
  }
  return undefined;
}

/** The longest beginning. Should it be none (Xet's are not written in order), the hash tells in the end. */
async function copyFromPython({
  blobs,
  hash,
  size,
  path,
}: ClaimOptions & { readonly path: string }): Promise<void> {
  let [longest, most] = ['', 0];
  for (const name of await partNames(blobs, hash)) {
    const found = await stat(join(blobs, name)).catch(() => undefined);
    if (ownerOf(name, hash) !== undefined || found === undefined || found.size <= most || found.size > size)
      continue;
    [longest, most] = [name, found.size];
  }
  // It may be done, and gone, by now.
  if (longest !== '')
    await copyFile(join(blobs, longest), path, constants.COPYFILE_FICLONE).catch(() => undefined);
}

async function partNames(blobs: string, hash: string): Promise<string[]> {
  const names = await readdir(blobs);
  return names.filter((name) => name.startsWith(`${hash}.`) && name.endsWith('.incomplete'));
}
