import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { root } from '../workspace/read-packages.ts';
import { runTool } from './run-tool.ts';

const cache = join(root, '.cache/node');

/**
 * The Node of a version, for this machine, from the npm package of its binary; kept in .cache/node. The workspace's own is
 * at hand without; the path of another one is taken as it is.
 */
export async function fetchNode(version: string): Promise<string> {
  if (isAbsolute(version)) return version;
  if (version === process.versions.node) return process.execPath;
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(cache, version);
  const binary = join(folder, 'node_modules', name, 'bin/node');
  if (existsSync(binary)) return binary;
  const fresh = `${folder}.${process.pid}`;
  await mkdir(fresh, { recursive: true });
  await writeFile(join(fresh, 'package.json'), '{"private":true}');
  await runTool('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', `${name}@${version}`], {
    cwd: fresh,
  });
  await rm(folder, { recursive: true, force: true });
  await rename(fresh, folder);
  return binary;
}
