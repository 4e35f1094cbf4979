import { basename, resolve } from 'node:path';

/** The folder's name, as npm and recipes allow names. */
export function projectName(folder: string): string {
  const name = basename(resolve(folder))
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+|[._-]+$/g, '');
  return name === '' ? 'bezoar-project' : name;
}
