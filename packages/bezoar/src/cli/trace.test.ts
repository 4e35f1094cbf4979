import type { RowTrace } from '../trace/trace-row.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { spawnCli } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { writeTinyModel } from '../__fixtures__/write-tiny-model.ts';

const folder = temporaryFolder();
const run = join(folder.path, 'run');
const quickstart = fileURLToPath(new URL('../../../../recipes/quickstart', import.meta.url));

interface Row {
  readonly id: string;
  readonly instruction: string;
  readonly response: string;
  readonly lineage: { readonly parentId: string; readonly round: number };
}

const rowsOf = (file: string): Row[] =>
  readFileSync(join(run, file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);

async function trace(id: string): Promise<RowTrace> {
  const { code, stdout, stderr } = await spawnCli(['trace', id, '--run-dir', run, '--json']);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as RowTrace;
}

beforeAll(async () => {
  await writeTinyModel(join(folder.path, 'model'));
  folder.file(
    'recipe.yaml',
    `name: traced
base: ./model
backend: { kind: cpu, threads: 1 }
models: { teacher: "script:${quickstart}/teacher.ts", judge: "script:${quickstart}/judge.ts" }
training: { evalFraction: 0, maxSteps: 1, maxLength: 512 }
stages:
  grown: { kind: evol, model: teacher, judge: teacher, seeds: "${quickstart}/data/seeds.jsonl", limit: 12, rounds: 3 }
  kept: { kind: filter, rows: grown, judges: [judge] }
  tuned: { kind: sft, from: base, rows: kept }
  merged: { kind: merge, from: tuned }
  later: { kind: sft, from: merged, rows: kept }
`,
  );
  const { code, stderr } = await spawnCli(['run', join(folder.path, 'recipe.yaml'), '--run-dir', run]);
  expect(code, stderr).toBe(0);
});

describe('bezoar trace', () => {
  it('follows a kept row back to its seed and on to the models', async () => {
    const made = new Set(rowsOf('grown/rows.jsonl').map(({ id }) => id));
    const row = rowsOf('kept/rows.jsonl').find(({ lineage }) => made.has(lineage.parentId))!;
    const found = await trace(row.id);
    expect(found.steps.map(({ stage, fate }) => [stage, fate])).toEqual([
      ['grown', 'made'],
      ['kept', 'kept'],
    ]);
    expect(found.steps[1]!.judgments[0]).toMatchObject({ judge: 'judge', status: 'accept' });
    expect(found.ancestors[0]).toMatchObject({ id: row.lineage.parentId, kind: 'row' });
    const seed = found.ancestors.at(-1)!;
    expect(seed.kind).toBe('seed');
    expect(readFileSync(join(quickstart, 'data/seeds.jsonl'), 'utf8')).toContain(seed.text);
    expect(found.trainedBy).toEqual(['tuned', 'later']);
    expect(found.inheritedBy).toEqual(['merged']);
    // The new instruction, its answer, and the verdict on both.
    expect(found.calls.some(({ response }) => response.text.includes(row.instruction))).toBe(true);
    expect(found.calls.some(({ response }) => response.text.includes(row.response))).toBe(true);
    expect(found.calls.some(({ stage }) => stage === 'kept')).toBe(true);
  });

  it('says why a row was dropped, and that nothing was trained on it', async () => {
    const [dropped] = rowsOf('kept/dropped.jsonl');
    const { steps, trainedBy } = await trace(dropped!.id);
    expect(steps.at(-1)).toMatchObject({ stage: 'kept', fate: 'dropped' });
    expect(steps.at(-1)!.reason).toMatch(/rejected-by-judge|below-threshold/);
    expect(trainedBy).toEqual([]);
  });

  it('is readable as text', async () => {
    const [row] = rowsOf('kept/rows.jsonl');
    const { code, stdout } = await spawnCli(['trace', row!.id, '--run-dir', run, '--no-calls']);
    expect(code).toBe(0);
    expect(stdout).toContain(row!.instruction);
    expect(stdout).toMatch(/grown: made\n/);
    expect(stdout).toMatch(/trained on in tuned, later/);
    expect(stdout).not.toContain('reply:');
  });

  it('names what it does not find', async () => {
    const unknown = await spawnCli(['trace', 'no-such-row', '--run-dir', run]);
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('has no row no-such-row')]);
    const nowhere = await spawnCli(['trace', 'x', '--run-dir', join(folder.path, 'model')]);
    expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringContaining('has no finished stage')]);
  });
});
