/**
 * `npm test`: builds, checks and tests everything, and closes with `N passed, N failed, N skipped`.
 * Every check counts as one, every vitest test as one. Arguments go to vitest. Exits 1 when anything failed.
 */
import { readFileSync, rmSync } from 'node:fs';
import { runStep, type Step } from './run-step.ts';
import { countTests, formatCounts, type TestCounts } from './test-counts.ts';

const checks: readonly Step[] = [
  { name: 'build', command: 'pnpm', args: ['run', 'build:code'] },
  { name: 'kernels', command: 'pnpm', args: ['run', 'build:kernels'] },
  { name: 'lint', command: 'pnpm', args: ['run', 'lint'] },
  { name: 'format', command: 'pnpm', args: ['run', 'format:check'] },
  { name: 'dead code', command: 'pnpm', args: ['run', 'knip'] },
  { name: 'packages', command: 'pnpm', args: ['run', 'check:packages'] },
  { name: 'site', command: 'pnpm', args: ['run', 'docs:build'] },
  { name: 'api', command: 'pnpm', args: ['run', 'api:check'] },
  { name: 'sizes', command: 'pnpm', args: ['run', 'sizes'] },
];
const report = '.cache/vitest.json';

const failedChecks = checks.filter((check) => runStep(check) !== 0).map((check) => check.name);

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
  passed: tests.passed + checks.length - failedChecks.length,
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
