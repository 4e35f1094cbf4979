/**
 * `pnpm api:check`: holds the public surface of every published package against its report, `api.md` beside its README, and
 * exits 1 where one has changed. `pnpm api:update` writes the reports anew: their difference is what a review looks at.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { entryPoints } from '../packed/entry-points.ts';
import { readPackages, root } from '../workspace/read-packages.ts';
import { changedLines } from './changed-lines.ts';
import { readApi } from './read-api.ts';
import { renderReport } from './render-report.ts';

const update = process.argv.includes('--update');
let changed = 0;
const points = entryPoints();
const packages = readPackages().filter(({ folder }) =>
  points.some((entry) => entry.package.folder === folder),
);
const sources = packages.map(({ folder, manifest }) => ({
  name: manifest.name,
  built: join(root, folder, 'dist'),
  entries: points
    .filter((entry) => entry.package.folder === folder)
    .map(({ specifier, built }) => ({ specifier, file: join(root, folder, `${built}.d.ts`) })),
}));
for (const [index, api] of readApi(sources).entries()) {
  const name = `${packages[index]!.folder}/api.md`;
  const file = join(root, name);
  const now = renderReport(api);
  const before = read(file);
  if (now === before) continue;
  changed += 1;
  if (update) writeFileSync(file, now);
  console.log(`${update ? 'written' : 'changed'}: ${name}`);
  for (const line of changedLines(before, now).slice(0, 40)) console.log(`  ${line}`);
}
if (changed > 0 && !update) {
  console.log(
    'The public surface changed. Where that is meant: pnpm api:update, and a changeset (pnpm changeset).',
  );
  process.exitCode = 1;
}

/** Empty for a package that is new. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
