import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Rows of a real data file under BEZOAR_DATA_DIR, or undefined: the test skips and says so. */
export function dataRowsForTests(name: string): Record<string, unknown>[] | undefined {
  const root = process.env['BEZOAR_DATA_DIR'];
  const path = root === undefined ? undefined : join(root, name);
  if (path === undefined || !existsSync(path)) return undefined;
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
