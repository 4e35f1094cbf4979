/**
 * `pnpm gpu:check [--json FILE]`: everything that needs a GPU: the conformance suite on it with every way to multiply (own kernels, decoded
 * weights kept, wgmma on Hopper, cuBLASLt where it is found), the golden cases of training (where BEZOAR_GOLDEN_DIR is set), then the benchmark
 * `cuda`, which measures all of these ways and names the fastest. Writes one JSON and exits 1 when anything failed, or
 * when there is no usable GPU.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { describeCuda } from '@bezoar/backend-cuda';
import { runStep } from './run-step.ts';
import { countTests, type TestCounts } from './test-counts.ts';

const { values } = parseArgs({
  options: { json: { type: 'string', default: 'bench/results/gpu-check.json' } },
});
const cuda = await describeCuda();
if (cuda.reason !== undefined) {
  console.error(`There is no usable GPU: ${cuda.reason}`);
  process.exit(1);
}

/** Runs vitest and counts what it reports. */
function runTests(name: string, args: readonly string[]): TestCounts {
  const file = `.cache/gpu-${name}.json`;
  rmSync(file, { force: true });
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${file}`];
  const status = runStep({ name, command: 'pnpm', args: ['exec', 'vitest', 'run', ...reporters, ...args] });
  return countTests(readReport(file), status);
}

function readReport(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}

const started = performance.now();
const conformance = runTests('conformance', ['--project', 'gpu']);
const golden = runTests('golden', ['--project', 'golden', '-t', 'on cuda gpu']);
const benchFile = '.cache/gpu-bench.json';
rmSync(benchFile, { force: true });
const bench = runStep({
  name: 'benchmark',
  command: 'pnpm',
  args: ['bench', 'cuda', '--json', resolve(benchFile)],
});
const failed = conformance.failed + golden.failed + (bench === 0 ? 0 : 1);
const report = {
  cuda,
  conformance,
  golden,
  benchmark: bench === 0 ? readReport(benchFile) : 'failed',
  seconds: Math.round((performance.now() - started) / 1000),
};
mkdirSync(dirname(values.json), { recursive: true });
writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
console.log(`${values.json}: ${failed === 0 ? 'all passed' : `${failed} failed`} in ${report.seconds} s`);
process.exitCode = failed === 0 ? 0 : 1;
