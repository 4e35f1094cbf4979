import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, root } from '../workspace/read-packages.ts';

export interface SizeBudgets {
  /** Limits in kB of 1000 bytes, as `pnpm sizes --update` writes them. */
  readonly packages: Readonly<Record<string, PackageSizes>>;
  /** What `npm install` brings on Linux x64, all dependencies included: by hand, the test of the packed packages says what it is. */
  readonly installs: Readonly<Record<string, InstallSize>>;
}

export interface PackageSizes {
  /** The tarball. */
  readonly packed: number;
  readonly unpacked: number;
  /** By entry point: minified and gzipped, dependencies apart. */
  readonly entries: Readonly<Record<string, number>>;
}

export interface InstallSize {
  readonly packages: number;
  readonly megabytes: number;
}

const file = 'tooling/sizes/size-budgets.json';

export const budgetsFile: string = join(root, file);

export function readBudgets(): SizeBudgets {
  return existsSync(budgetsFile) ? readJson<SizeBudgets>(file) : { packages: {}, installs: {} };
}

/** A limit for what is this large now: a tenth more; a quarter where a compiler has its say, which differ. */
export function limitFor(kilobytes: number, isCompiled = false): number {
  return Math.ceil(kilobytes * (isCompiled ? 1.25 : 1.1));
}
