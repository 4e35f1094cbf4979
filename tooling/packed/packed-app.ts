import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool, type RunToolOptions } from './run-tool.ts';

export interface PackedAppOptions {
  readonly folder: string;
  /** Where it installs from. */
  readonly registry: string;
}

/** A user's program in a folder of its own, which knows the packages by their names and nothing of this workspace. */
export interface PackedApp {
  readonly folder: string;
  /** `npm install` of packages, without install scripts. Returns what it complained of. */
  install(packages: readonly string[]): Promise<string>;
  write(file: string, content: string): Promise<void>;
  run(
    command: string,
    args: readonly string[],
    options?: Omit<RunToolOptions, 'cwd'>,
  ): ReturnType<typeof runTool>;
  /** What lies in node_modules. */
  installed(): Promise<InstalledPackages>;
}

export interface InstalledPackages {
  /** Nested ones too, each once. */
  readonly names: readonly string[];
  readonly packages: number;
  readonly bytes: number;
}

export async function createPackedApp({ folder, registry }: PackedAppOptions): Promise<PackedApp> {
  await mkdir(folder, { recursive: true });
  const run: PackedApp['run'] = (command, args, options) =>
    runTool(command, args, { cwd: folder, ...options });
  const write = (file: string, content: string): Promise<void> => writeFile(join(folder, file), content);
  await write('package.json', JSON.stringify({ name: 'user', private: true, type: 'module' }));
  await write('.npmrc', `registry=${registry}\n`);
  return {
    folder,
    write,
    run,
    async install(packages) {
      const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
      return (await run('npm', ['install', ...quiet, ...packages])).stderr;
    },
    installed: () => installedIn(join(folder, 'node_modules')),
  };
}

async function installedIn(folder: string): Promise<InstalledPackages> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  const homes = files.flatMap(
    (file) => /node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/@]+)[\\/]package\.json$/.exec(file)?.[1] ?? [],
  );
  return {
    names: [...new Set(homes.map((name) => name.replace('\\', '/')))].sort(),
    packages: homes.length,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
  };
}
