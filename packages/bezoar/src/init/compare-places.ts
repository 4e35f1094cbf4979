import { BezoarError } from '@bezoar/core';
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ProjectFile } from './project-files.ts';

export type FileState = 'new' | 'replaced';

export interface PlacedFile {
  readonly path: string;
  readonly state: FileState;
}

/**
 * What would become of every file in this folder. An empty file that is there counts as new.
 * Throws BezoarError BAD_CONFIG where a file is in the way of the folder, or a folder in the way of a file.
 */
export function comparePlaces(
  folder: string,
  files: readonly Pick<ProjectFile, 'path'>[],
): readonly PlacedFile[] {
  requireKind(folder, 'folder');
  return files.map(({ path }) => {
    requireKind(dirname(join(folder, path)), 'folder');
    const size = requireKind(join(folder, path), 'file');
    return { path, state: size > 0 ? 'replaced' : 'new' };
  });
}

/** Bytes of what is there; 0 when nothing is. */
function requireKind(path: string, kind: 'file' | 'folder'): number {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there === undefined || there.isDirectory() === (kind === 'folder')) return there?.size ?? 0;
  throw new BezoarError('BAD_CONFIG', `${path} is no ${kind}.`, { advice: 'Choose another folder.' });
}

/** Throws BezoarError CONFLICT that names the files which would be lost. */
export function requireFree(folder: string, files: readonly PlacedFile[]): void {
  const taken = files.filter(({ state }) => state === 'replaced').map(({ path }) => path);
  if (taken.length === 0) return;
  throw new BezoarError('CONFLICT', `${folder} already has ${taken.join(', ')}.`, {
    advice: 'Choose another folder, or replace them: --force.',
    data: { folder, files: taken },
  });
}
