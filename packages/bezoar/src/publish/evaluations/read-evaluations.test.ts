import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { temporaryFolder } from '../../__fixtures__/temporary-folder.ts';
import type { StageRecord } from '../stage-record.ts';
import { readEvaluations } from './read-evaluations.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const at = (...names: string[]): string => join(folder.path, ...names);
const write = (path: string, text: string): void => {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
};
const json = (path: string, value: unknown): void => write(path, JSON.stringify(value));
const index = (path: string, value: number): void =>
  write(
    path,
    stringify({
      'model-index': [
        {
          name: 'x',
          results: [
            {
              task: { type: 't' },
              dataset: { name: 'rte', type: 'rte' },
              metrics: [{ type: 'acc', name: 'acc', value }],
            },
          ],
        },
      ],
    }),
  );
const cell = (score: number | null): object => ({
  score,
  judged: score === null ? 0 : 4,
  missing: 0,
  stderr: 0.5,
});
const judged = (path: string, kind: string, models: Readonly<Record<string, number>>): void =>
  json(path, {
    notes: ['judge: gpt4 (openai:gpt-4)', 'prompts: fastchat'],
    kind,
    models: Object.entries(models).map(([model, score]) => ({
      model,
      average: cell(score),
      turns: [cell(score), cell(null)],
      categories: { writing: cell(score) },
    })),
  });
const stage = (path: string, settings: object): void =>
  json(path, { fingerprint: 'f', kind: 'mt-bench', finished: '2026-01-01', settings: { stage: settings } });
const record = (id: string, run = 'run'): StageRecord => ({
  ...{ id, folder: at(run, id), kind: 'merge', fingerprint: 'f', settings: undefined, models: undefined },
  ...{ base: undefined, baseCommit: undefined, sources: [], environment: undefined, history: undefined },
});
const none = { merged: undefined, folders: [] };
const shown = (models: Awaited<ReturnType<typeof readEvaluations>>['models']): unknown =>
  models.map(({ name, tasks }) => [
    name,
    tasks.map(({ dataset, metrics }) => [dataset.name, ...metrics.map(({ value }) => value)]),
  ]);

index('run/scores/base/model-index.yaml', 0.1);
index('run/scores/early/model-index.yaml', 0.2);
index('run/scores/late/model-index.yaml', 0.3);
index('run/scores/other/model-index.yaml', 0.9);
judged('run/talk/mt-bench.json', 'single', { 'A fine name': 6, early: 5 });
stage('run/talk/stage.json', { names: { late: 'A fine name' } });

describe('readEvaluations', () => {
  it('puts those that a model came from before it, and nobody else; models may have other names in MT-Bench', async () => {
    const { own, models, standIn } = await readEvaluations({
      lineage: [record('early'), record('late')],
      ...none,
    });
    expect(standIn).toBeUndefined();
    expect(shown(models)).toEqual([
      ['base', [['rte', 0.1]]],
      [
        'early',
        [
          ['rte', 0.2],
          ['MT-Bench', 5, 5, 5],
        ],
      ],
      [
        'late',
        [
          ['rte', 0.3],
          ['MT-Bench', 6, 6, 6],
        ],
      ],
    ]);
    expect(own[1]).toMatchObject({
      dataset: {
        type: 'mt-bench',
        args: { mode: 'single', judge: 'gpt4 (openai:gpt-4)', prompts: 'fastchat' },
      },
      metrics: [
        { type: 'mt_bench_score', name: 'writing', args: { stderr: 0.5, judged: 4 } },
        { name: 'first turn' },
        { name: 'average' },
      ],
    });
  });

  it('lets the model that has an adapter folded in stand for it', async () => {
    const found = await readEvaluations({
      lineage: [record('early'), record('raw')],
      ...none,
      merged: 'late',
    });
    expect(found).toMatchObject({ own: [], standIn: 'late' });
    expect(found.models.map(({ name }) => name)).toEqual(['base', 'early', 'late']);
  });

  it('has nothing to say of a model that was not measured', async () => {
    expect(await readEvaluations({ lineage: [record('raw')], ...none })).toEqual({
      own: [],
      models: [],
      standIn: undefined,
    });
  });

  it('takes no other run for a neighbour', async () => {
    index('runs/other/base/model-index.yaml', 0.7);
    index('runs/other/sft/model-index.yaml', 0.8);
    json('runs/sft/events.jsonl', {});
    expect((await readEvaluations({ lineage: [record('sft', 'runs')], ...none })).models).toEqual([]);
  });

  it('reads folders that are given: of eval, and of MT-Bench in pairs; not of several models', async () => {
    index('eval/base/model-index.yaml', 0.4);
    judged('pairs/mt-bench.json', 'pairwise', { mine: 0.75 });
    const { own } = await readEvaluations({
      lineage: [],
      merged: undefined,
      folders: [at('eval'), at('pairs')],
    });
    expect(own).toMatchObject([
      { metrics: [{ value: 0.4 }] },
      { metrics: [{ type: 'mt_bench_win_rate' }, { value: 0.75 }, { name: 'average' }] },
    ]);
    judged('several/mt-bench.json', 'single', { a: 1, b: 2 });
    await expect(
      readEvaluations({ lineage: [], merged: undefined, folders: [at('several')] }),
    ).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('several models') as string,
    });
  });
});
