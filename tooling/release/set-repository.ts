/**
 * Writes into every published manifest where its source is, from what a GitHub workflow says of itself: npm takes a provenance
 * statement only where both agree. Elsewhere nothing is written.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, readPackages, root } from '../workspace/read-packages.ts';

const { GITHUB_SERVER_URL, GITHUB_REPOSITORY } = process.env;
if (GITHUB_SERVER_URL !== undefined && GITHUB_REPOSITORY !== undefined) {
  const url = `git+${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}.git`;
  for (const { folder } of readPackages().filter(({ manifest }) => manifest.private !== true)) {
    const file = join(folder, 'package.json');
    const manifest = { ...readJson<object>(file), repository: { type: 'git', url, directory: folder } };
    writeFileSync(join(root, file), `${JSON.stringify(manifest, null, 2)}\n`);
  }
  console.log(`The packages' repository: ${url}`);
}
