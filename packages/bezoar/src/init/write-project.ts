import { BezoarError } from '@bezoar/core';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ProjectFile } from './project-files.ts';

/**
 * Writes all files into a folder beside their places, and then puts each in its place: what fails before leaves nothing behind,
 * and no file is ever half there.
 */
export async function writeProject(folder: string, files: readonly ProjectFile[]): Promise<void> {
  let made: string | undefined;
  try {
    made = await mkdir(folder, { recursive: true });
    const waiting = await mkdtemp(join(folder, '.bezoar-init-'));
    try {
      for (const { path, text } of files) {
        await mkdir(dirname(join(waiting, path)), { recursive: true });
        await writeFile(join(waiting, path), text);
      }
      for (const { path } of files) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await rename(join(waiting, path), join(folder, path));
      }
    } finally {
      await rm(waiting, { recursive: true, force: true });
    }
  } catch (cause) {
    if (made !== undefined) await rm(made, { recursive: true, force: true });
    throw new BezoarError(
      'BAD_CONFIG',
      `The project could not be written into ${folder}: ${(cause as Error).message}.`,
      {
        advice: 'Choose another folder.',
        cause,
      },
    );
  }
}
