import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pnpm, root } from './pnpm.mjs';

/** Holds the hash of what was installed last; gone while an install is under way, so a broken one is repeated. */
const stamp = join(root, 'node_modules', '.bezoar-installed');

/** Installs exactly what the lockfile says, unless that is installed already. Returns the exit status. */
export function installIfNeeded() {
  const wanted = hashOfManifests();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) {
    console.log('── install: up to date');
    return 0;
  }
  console.log('── install');
  rmSync(stamp, { force: true });
  const status = pnpm(['install', '--frozen-lockfile']);
  if (status === 0) {
    mkdirSync(join(root, 'node_modules'), { recursive: true });
    writeFileSync(stamp, wanted);
  }
  return status;
}

/** Everything that decides what an install puts into place, the platform included. */
function hashOfManifests() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  const workspace = ['packages', 'examples', 'tooling'].flatMap(manifests);
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', ...workspace]) {
    hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

function manifests(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder))
    .sort()
    .map((name) => `${folder}/${name}/package.json`)
    .filter((file) => existsSync(join(root, file)));
}
