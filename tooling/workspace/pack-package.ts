import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { root, type WorkspacePackage } from './read-packages.ts';

const run = promisify(execFile);

export interface PackedPackage {
  readonly tarball: string;
  /** Paths inside the tarball. */
  readonly files: readonly string[];
}

/** Makes the tarball that would be published. The package must be built. */
export async function packPackage(
  { folder, manifest }: WorkspacePackage,
  outFolder: string,
): Promise<PackedPackage> {
  mkdirSync(outFolder, { recursive: true });
  const tarball = resolve(outFolder, `${manifest.name.replace('@', '').replace('/', '-')}.tgz`);
  const { stdout } = await run('pnpm', ['pack', '--json', '--out', tarball], { cwd: join(root, folder) });
  const report = JSON.parse(stdout) as { readonly files: readonly { readonly path: string }[] };
  return { tarball, files: report.files.map((file) => file.path) };
}
