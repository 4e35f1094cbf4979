/**
 * `npm test`: builds, checks and tests everything, and closes with `N passed, N failed, N skipped`.
 * Every check counts as one, every vitest test as one. Arguments go to vitest. Exits 1 when anything failed.
 */
import { readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { runSideBySide, runStep, type Step } from './run-step.ts';
import { countTests, formatCounts, type TestCounts } from './test-counts.ts';

const pnpm = (name: string, script: string): Step => ({ name, command: 'pnpm', args: ['run', script] });
/** Each group needs what those before it have made. Within a group nothing reads what another one writes; the longest come first. */
const checks: readonly (readonly Step[])[] = [
  [pnpm('build', 'build:code')],
  [
    pnpm('kernels', 'build:kernels'),
    pnpm('lint', 'lint'),
    pnpm('site', 'docs:build'),
    pnpm('format', 'format:check'),
    pnpm('dead code', 'knip'),
    pnpm('api', 'api:check'),
  ],
  [pnpm('packages', 'check:packages'), pnpm('sizes', 'sizes')],
];
const report = '.cache/vitest.json';
// The programs that tests start are compiled once, not every time.
process.env['NODE_COMPILE_CACHE'] ??= resolve('.cache/compiled');

const failedChecks: string[] = [];
for (const group of checks) failedChecks.push(...(await runSideBySide(group)));

rmSync(report, { force: true });
const status = runStep({
  name: 'tests',
  command: 'pnpm',
  args: [
    'exec',
    'vitest',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ],
});
const tests = countTests(readReport(), status);

const counts: TestCounts = {
  passed: tests.passed + checks.flat().length - failedChecks.length,
  failed: tests.failed + failedChecks.length,
  skipped: tests.skipped,
};
console.log(
  failedChecks.length === 0 ? '\nAll checks passed.' : `\nFailed checks: ${failedChecks.join(', ')}.`,
);
console.log(formatCounts(counts));
process.exitCode = counts.failed === 0 ? 0 : 1;

/** Undefined when vitest died before it could write one. */
function readReport(): unknown {
  try {
    return JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return undefined;
  }
}
