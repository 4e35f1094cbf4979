import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** An empty folder that goes with the test that asks for it. */
export function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'bezoar-formats-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
