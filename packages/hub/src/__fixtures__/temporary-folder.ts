import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A folder of the test file's own; `join` makes paths in it. */
export function temporaryFolder(): (...names: string[]) => string {
  const path = mkdtempSync(join(tmpdir(), 'bezoar-hub-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return (...names) => join(path, ...names);
}
