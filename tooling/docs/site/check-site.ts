/** `node tooling/docs/site/check-site.ts`: looks at every page of the built site; see `siteProblems`. Exits with 1 when something is wrong. */
import { join } from 'node:path';
import { root } from '../../workspace/read-packages.ts';
import { siteProblems } from './site-problems.ts';

const problems = siteProblems({
  folder: join(root, '.cache/site'),
  base: process.env['BEZOAR_DOCS_BASE'] ?? '/',
});
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log('Every link of the site leads somewhere, and nothing is fetched from elsewhere.');
