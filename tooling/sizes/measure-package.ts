import { statSync } from 'node:fs';
import { join } from 'node:path';
import { entryPoints } from '../packed/entry-points.ts';
import { readTarball } from '../packed/read-tarball.ts';
import { root, type WorkspacePackage } from '../workspace/read-packages.ts';
import { bundleEntry } from './bundle-entry.ts';
import type { PackageSizes } from './size-budgets.ts';

/** The sizes of a packed package, in kB. */
export async function measurePackage(item: WorkspacePackage, tarball: string): Promise<PackageSizes> {
  const own = entryPoints().filter((entry) => entry.package.folder === item.folder);
  const entries: Record<string, number> = {};
  for (const { specifier, built } of own)
    entries[specifier] = (await bundleEntry(join(root, item.folder, `${built}.js`))) / 1000;
  const files = [...readTarball(tarball).values()];
  return {
    packed: statSync(tarball).size / 1000,
    unpacked: files.reduce((sum, { length }) => sum + length, 0) / 1000,
    entries,
  };
}
