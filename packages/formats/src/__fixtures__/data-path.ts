import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** A real data file under BEZOAR_DATA_DIR. (@bezoar/golden has the same for the packages above this one.) */
export function dataPathForTests(name: string): string | undefined {
  const root = process.env['BEZOAR_DATA_DIR'];
  const path = root === undefined ? undefined : join(root, name);
  return path !== undefined && existsSync(path) ? path : undefined;
}
