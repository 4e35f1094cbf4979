import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeParquet } from '@bezoar/formats';
import { folderSink } from '@bezoar/formats/node';
import { spawnCli, type CliResult } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { writeTinyModel } from '../__fixtures__/write-tiny-model.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const teacher = fileURLToPath(new URL('../__fixtures__/pure-teacher.ts', import.meta.url));

/** A quarter of a gigabyte: more than the processes below may keep. */
const rowCount = 60_000;
const heapMiB = 160;

const padding = 'It is a long story. '.repeat(200);
const flan = (index: number): object => ({
  inputs: `${index}: ${padding}`,
  targets: 'yes',
  task_source: ['CoT', 'NIv2', 'P3'][index % 3]!,
});
const pair = (index: number): object => ({
  prompt: `${index}: ${padding}`,
  chosen: 'Yes.',
  rejected: 'No.',
});

function writeLines(name: string, row: (index: number) => object): void {
  const file = openSync(join(folder.path, name), 'w');
  for (let index = 0; index < rowCount; index++) writeSync(file, `${JSON.stringify(row(index))}\n`);
  closeSync(file);
}

async function run(name: string, lines: readonly string[]): Promise<CliResult> {
  const file = folder.file(
    `${name}.yaml`,
    ['name: large', `models: { teacher: "script:${teacher}" }`, ...lines].join('\n'),
  );
  return spawnCli(['run', file, '--run-dir', join(folder.path, name)], {
    env: { NODE_OPTIONS: `--max-old-space-size=${heapMiB}` },
  });
}

beforeAll(async () => {
  writeLines('flan.jsonl', flan);
  writeLines('pairs.jsonl', pair);
  writeLines('all.jsonl', (index) => ({ instruction: `${index}: ${padding}`, response: 'Yes.' }));
  await writeParquet(folderSink(folder.path), 'flan.parquet', {
    rows: Array.from({ length: rowCount }, (_, index) => flan(index)),
    columns: { inputs: 'string', targets: 'string', task_source: 'string' },
  });
  await writeTinyModel(join(folder.path, 'model'));
}, 300_000);

describe(`with a heap of ${heapMiB} MiB`, () => {
  it.each(['flan.jsonl', 'flan.parquet'])(
    'a few rows of %s, which is larger, are drawn',
    async (rows) => {
      const { code, stderr } = await run(`orca-${rows}`, [
        'stages:',
        `  made: { kind: orca, model: teacher, rows: ./${rows}, count: 20 }`,
      ]);
      expect(code, stderr.slice(-2000)).toBe(0);
    },
    300_000,
  );

  it('the first pairs of a file that is larger are trained on', async () => {
    const { code, stderr } = await run('dpo', [
      'base: ./model',
      'backend: { kind: cpu, threads: 1 }',
      'stages:',
      '  tuned: { kind: dpo, from: base, preferences: ./pairs.jsonl, limit: 8, maxSteps: 1, evalFraction: 0 }',
    ]);
    expect(code, stderr.slice(-2000)).toBe(0);
  }, 300_000);

  it('is too small to keep all of it: what these tests are about', async () => {
    const { code, stderr } = await run('filter', [
      'stages:',
      '  kept: { kind: filter, rows: ./all.jsonl, judges: [teacher] }',
    ]);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/heap out of memory/);
  }, 300_000);
});
