import { BezoarError } from '@bezoar/core';
import { createHash, type Hash } from 'node:crypto';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const wholeLimit = 64 * 2 ** 20;
const sampleBytes = 2 ** 16;
const samples = 64;

/**
 * A print of a file's content. Files above 64 MiB (weights) go in by size, ends and 64 samples spread evenly: training
 * touches every part of a weight file, so a changed one is noticed without reading gigabytes before every run.
 */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await addFile(hash, path);
  return hash.digest('hex');
}

/** Over the names and contents of the files right in a folder, hidden ones and sub-folders left out. */
export async function hashFolder(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() !== true) {
    throw new BezoarError('NOT_FOUND', `There is no folder ${path}.`, { advice: 'Check the path.' });
  }
  const hash = createHash('sha256');
  const entries = await readdir(path, { withFileTypes: true });
  const names = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  for (const name of names.filter((each) => !each.startsWith('.')).sort()) {
    hash.update(`\u0000${name}\u0000`);
    await addFile(hash, join(path, name));
  }
  return hash.digest('hex');
}

/** Over any JSON value; the order of keys matters. */
export function hashValue(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

async function addFile(hash: Hash, path: string): Promise<void> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new BezoarError('NOT_FOUND', `There is no file ${path}.`, { advice: 'Check the path.', cause });
  });
  try {
    const { size } = await file.stat();
    if (size <= wholeLimit) {
      hash.update(await file.readFile());
      return;
    }
    hash.update(String(size));
    const buffer = new Uint8Array(sampleBytes);
    for (let i = 0; i <= samples; i++) {
      const offset = Math.floor(((size - sampleBytes) * i) / samples);
      await file.read(buffer, 0, sampleBytes, offset);
      hash.update(buffer);
    }
  } finally {
    await file.close();
  }
}
