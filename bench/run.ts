/**
 * Runs one benchmark: pnpm bench <name> [--json FILE] [options of the benchmark]
 * A benchmark is a file in this folder that exports `run(args): Promise<object>`; its figures are written with the
 * machine, the date and the commit beside them.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';

const [name, ...rest] = process.argv.slice(2);
const known = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -3));
if (name === undefined || !known.includes(name)) {
  console.error(`Usage: pnpm bench <${known.join('|')}> [--json FILE]`);
  process.exit(2);
}
const at = rest.indexOf('--json');
const file = at < 0 ? undefined : rest[at + 1];
const args = at < 0 ? rest : rest.toSpliced(at, 2);

const { run } = (await import(`./${name}.ts`)) as { run: (args: readonly string[]) => Promise<object> };
const figures = await run(args);
const report = {
  benchmark: name,
  date: new Date().toISOString(),
  commit: commit(),
  machine: {
    cpu: cpus()[0]?.model.trim(),
    threads: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  },
  figures,
};
if (file === undefined) console.log(JSON.stringify(report, undefined, 2));
else writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);

function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
