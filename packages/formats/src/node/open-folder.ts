import { BezoarError } from '@bezoar/core';
import { existsSync } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { FileSource, FolderSource } from '../file-source.ts';
import { rangeError } from '../memory-folder.ts';

/** A folder of the file system. Throws BezoarError NOT_FOUND when it is not there or not a folder. */
export function openFolder(path: string): FolderSource {
  return {
    name: path,
    async list() {
      await requireFolder(path);
      const entries = await readdir(path, { recursive: true, withFileTypes: true });
      const names: string[] = [];
      for (const entry of entries) {
        const found = join(entry.parentPath, entry.name);
        // In the cache of the Hugging Face Hub every file is a link.
        const isLink =
          entry.isSymbolicLink() && (await stat(found).catch(() => undefined))?.isFile() === true;
        if (entry.isFile() || isLink) names.push(relative(path, found).split(sep).join('/'));
      }
      return names.sort();
    },
    exists: (name) => Promise.resolve(existsSync(join(path, name))),
    async open(name) {
      await requireFolder(path);
      return openFile(join(path, name));
    },
  };
}

/** One file, read by ranges; nothing is kept in memory. */
async function openFile(path: string): Promise<FileSource> {
  let handle;
  try {
    handle = await open(path, 'r');
  } catch (cause) {
    throw new BezoarError('NOT_FOUND', `There is no file ${path}.`, { advice: 'Check the path.', cause });
  }
  const file = handle;
  const { size } = await file.stat();
  return {
    name: path,
    size,
    async read(offset, length) {
      if (offset < 0 || offset + length > size) throw rangeError({ name: path, size, offset, length });
      const bytes = new Uint8Array(length);
      let done = 0;
      while (done < length) {
        // One read call moves less than 2 GiB.
        const { bytesRead } = await file.read(bytes, done, Math.min(length - done, 2 ** 30), offset + done);
        if (bytesRead === 0) throw rangeError({ name: path, size: offset + done, offset, length });
        done += bytesRead;
      }
      return bytes;
    },
    close: () => file.close(),
  };
}

async function requireFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  const what = found === undefined ? `There is no folder ${path}.` : `${path} is not a folder.`;
  throw new BezoarError('NOT_FOUND', what, { advice: 'Check the path.' });
}
