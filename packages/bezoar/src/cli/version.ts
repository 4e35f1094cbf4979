import { readFileSync } from 'node:fs';

/** Of this package; all packages of Bezoar share it. */
export function version(): string {
  const path = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
