import { memoryFile } from '@bezoar/formats';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readZip } from '../../../packages/formats/src/torch/read-zip.ts';

/** Writes the stored files of an archive below a folder, and returns their names. */
export async function unzip(archive: Uint8Array, folder: string): Promise<string[]> {
  const entries = await readZip(memoryFile('archive.zip', archive));
  for (const [name, { offset, size }] of entries) {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, archive.subarray(offset, offset + size));
  }
  return [...entries.keys()];
}
