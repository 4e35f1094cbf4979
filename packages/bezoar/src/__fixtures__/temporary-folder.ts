import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryFolder {
  readonly path: string;
  file(name: string, text: string): string;
  jsonl(name: string, rows: readonly unknown[]): string;
  remove(): void;
}

/** Made at its first use: tests that are skipped are collected all the same, and remove nothing. */
export function temporaryFolder(): TemporaryFolder {
  let made: string | undefined;
  const path = (): string => (made ??= mkdtempSync(join(tmpdir(), 'bezoar-cli-')));
  const file = (name: string, text: string): string => {
    const at = join(path(), name);
    writeFileSync(at, text);
    return at;
  };
  return {
    get path() {
      return path();
    },
    file,
    jsonl: (name, rows) => file(name, rows.map((row) => `${JSON.stringify(row)}\n`).join('')),
    remove() {
      if (made !== undefined) rmSync(made, { recursive: true, force: true });
      made = undefined;
    },
  };
}
