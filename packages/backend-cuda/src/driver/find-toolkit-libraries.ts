import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

export interface FindLibrariesOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly platform?: NodeJS.Platform;
}

/**
 * Where a library of NVIDIA's toolkit may lie, best first: full paths of those that are there (CUDA_HOME, CUDA_PATH, the usual folder,
 * NVIDIA's packages in a Python environment that is active), then the names, for the system's loader.
 */
export function findToolkitLibraries(
  names: readonly string[],
  { env = process.env, platform = process.platform }: FindLibrariesOptions = {},
): string[] {
  const subfolders = platform === 'win32' ? ['bin', path.join('bin', 'x64')] : ['lib64', 'lib'];
  const homes = [env['CUDA_HOME'], env['CUDA_PATH'], platform === 'win32' ? undefined : '/usr/local/cuda'];
  const folders = [
    ...homes
      .filter((home) => home !== undefined && home !== '')
      .flatMap((home) => subfolders.map((folder) => path.join(home!, folder))),
    ...pythonFolders(env['VIRTUAL_ENV'] ?? env['CONDA_PREFIX']),
  ];
  const found = folders.flatMap((folder) => names.map((name) => path.join(folder, name))).filter(existsSync);
  return [...new Set([...found, ...names])];
}

/** lib/python3.12/site-packages/nvidia/NAME/lib */
function pythonFolders(environment: string | undefined): string[] {
  if (environment === undefined) return [];
  const list = (folder: string): string[] =>
    existsSync(folder) ? readdirSync(folder).map((name) => path.join(folder, name)) : [];
  return list(path.join(environment, 'lib'))
    .filter((folder) => path.basename(folder).startsWith('python'))
    .flatMap((folder) => list(path.join(folder, 'site-packages', 'nvidia')))
    .map((folder) => path.join(folder, 'lib'))
    .filter(existsSync);
}
