import { readFileSync } from 'node:fs';

/** The files of new projects that are the same in all of them: real files, which this workspace checks with its own. */
const folder = new URL('../../templates/', import.meta.url);

export function readTemplate(name: string): string {
  return readFileSync(new URL(name, folder), 'utf8');
}
