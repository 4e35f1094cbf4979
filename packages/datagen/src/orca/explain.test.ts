import { createScriptedModel } from '@bezoar/llm';
import { describe, expect, it } from 'vitest';
import { drive } from '../__fixtures__/drive.ts';
import { agreesWithTarget } from './agrees-with-target.ts';
import { explainWithOrca } from './explain.ts';
import { collectionOf, flanRowSchema, isMultipleChoice, type FlanRow } from './flan-row.ts';
import { messagePools, multipleChoiceMessages, systemMessages } from './system-messages.ts';

const row = (index: number, task_source: string): FlanRow => ({
  inputs: `task ${index}`,
  targets: String(index),
  task_source,
  task_name: 'count',
  template_type: 'zs_noopt',
});
const rows = [
  ...Array.from({ length: 60 }, (_, i) => row(i, 'Flan2021')),
  ...Array.from({ length: 20 }, (_, i) => row(100 + i, 'CoT')),
  ...Array.from({ length: 20 }, (_, i) => row(200 + i, 'NIv2')),
];
const model = createScriptedModel({
  name: 'teacher',
  reply({ messages }) {
    const number = Number(/\d+/.exec(messages.at(-1)!.content)![0]);
    if (number % 10 === 3) return ' ';
    return number % 10 === 4 ? 'It is something else.' : `Step by step: it is ${number}.`;
  },
});

describe('explainWithOrca', () => {
  it('draws in proportion to the sub-collections, without repeats', async () => {
    const { result } = await drive(explainWithOrca({ model, rows, count: 50 }));
    const all = [
      ...result.rows.map(({ source }) => source),
      ...result.dropped.map(({ row: dropped }) => (dropped as { source: string }).source),
    ];
    const count = (source: string): number => all.filter((each) => each === source).length;
    expect([count('orca/flan2021'), count('orca/cot'), count('orca/niv2')]).toEqual([30, 10, 10]);
    expect(new Set(result.rows.map(({ instruction }) => instruction)).size).toBe(result.rows.length);
  });

  it('fills a share that a sub-collection cannot give from the others', async () => {
    const { result } = await drive(explainWithOrca({ model, rows, count: 70, shares: { cot: 1 } }));
    expect(result.funnel.input).toBe(70);
  });

  it('draws whole numbers of rows that add up, whatever the shares', async () => {
    const odd = [...rows, ...Array.from({ length: 7 }, (_, i) => row(300 + i, 'P3'))];
    for (const count of [1, 2, 3, 50, 106]) {
      const { result } = await drive(explainWithOrca({ model, rows: odd, count }));
      expect(result.funnel.input).toBe(count);
    }
    const shares = { cot: 1, niv2: 1, flan2021: 1 };
    const { result } = await drive(explainWithOrca({ model, rows: odd, count: 50, shares }));
    const sources = [...result.rows, ...result.dropped.map((each) => each.row as { source: string })].map(
      ({ source }) => source,
    );
    const count = (source: string): number => sources.filter((each) => each === source).length;
    expect(count('orca/t0')).toBe(0);
    expect([count('orca/flan2021'), count('orca/cot'), count('orca/niv2')].sort()).toEqual([16, 17, 17]);
  });

  it('asks the same inputs once, and drops their repeats', async () => {
    let calls = 0;
    const counting = {
      ...model,
      complete: (...args: Parameters<typeof model.complete>) => (calls++, model.complete(...args)),
    };
    const twice = [
      row(1, 'CoT'),
      row(2, 'CoT'),
      { ...row(1, 'CoT'), template_type: 'zs_opt' },
      row(1, 'NIv2'),
    ];
    const { result } = await drive(explainWithOrca({ model: counting, rows: twice }));
    expect(result.funnel).toMatchObject({ input: 4, kept: 2, dropped: { duplicate: 2 } });
    expect(new Set(result.rows.map(({ id }) => id)).size).toBe(2);
    expect(calls).toBe(2);
  });

  it('draws from 300,000 rows in a moment', async () => {
    const many = Array.from({ length: 300_000 }, (_, i) => row(i, ['CoT', 'NIv2', 'P3', 'Flan2021'][i % 4]!));
    const { result } = await drive(explainWithOrca({ model, rows: many, count: 20 }));
    expect(result.funnel.input).toBe(20);
  });

  it("draws each row's system message from its sub-collection's pool", async () => {
    const { result } = await drive(explainWithOrca({ model, rows }));
    for (const { system = '', source } of result.rows) {
      const pool = messagePools[source.slice('orca/'.length) as keyof typeof messagePools];
      expect(pool.map((number) => systemMessages[number])).toContain(system);
    }
  });

  it('records agreement with the gold answer, and can require it', async () => {
    const lenient = (await drive(explainWithOrca({ model, rows }))).result;
    expect(lenient.funnel.dropped).toEqual({ 'empty-response': 10 });
    expect(lenient.rows.filter(({ agreesWithReference }) => agreesWithReference === false)).toHaveLength(10);
    const strict = (await drive(explainWithOrca({ model, rows, requireAgreement: true }))).result;
    expect(strict.funnel.dropped).toEqual({ 'disagrees-with-reference': 10, 'empty-response': 10 });
  });

  it('refuses an empty collection', async () => {
    await expect(drive(explainWithOrca({ model, rows: [] }))).rejects.toMatchObject({
      code: 'EMPTY_DATASET',
    });
    for (const shares of [{ cot: -1 }, { cot: 0 }, {}])
      await expect(drive(explainWithOrca({ model, rows, shares }))).rejects.toMatchObject({
        code: 'BAD_CONFIG',
      });
  });
});

describe('FLAN rows', () => {
  it('are sorted into sub-collections', () => {
    expect(
      ['CoT', 'NIv2', 'P3', 'Flan2021', undefined].map((task_source) =>
        collectionOf({ inputs: 'x', targets: 'y', task_source }),
      ),
    ).toEqual(['cot', 'niv2', 't0', 'flan2021', 'flan2021']);
  });
  it('know multiple choice by template or text', () => {
    expect(isMultipleChoice({ inputs: 'Which?\nOPTIONS:\n- a', targets: 'a' })).toBe(true);
    expect(isMultipleChoice({ inputs: 'Which?', targets: 'a', template_type: 'fs_opt' })).toBe(true);
    expect(isMultipleChoice({ inputs: 'Which?', targets: 'a', template_type: 'zs_noopt' })).toBe(false);
  });
  it('may have the names of Open-Orca/FLAN', () => {
    const named = {
      inputs: 'x',
      targets: 'y',
      _task_source: 'CoT',
      _task_name: 'a',
      _template_type: 'zs_opt',
    };
    expect(flanRowSchema.parse({ ...named, _template_idx: 3 })).toEqual({
      inputs: 'x',
      targets: 'y',
      task_source: 'CoT',
      task_name: 'a',
      template_type: 'zs_opt',
    });
  });
  it('need inputs', () => {
    expect(flanRowSchema.safeParse({ inputs: ' ', targets: '' }).success).toBe(false);
  });
});

describe('system messages', () => {
  it('are sixteen different ones, and every pool draws from them', () => {
    expect(new Set(Object.values(systemMessages)).size).toBe(16);
    for (const number of [...Object.values(messagePools).flat(), ...multipleChoiceMessages])
      expect(systemMessages[number]).toBeDefined();
  });
});

describe('agreesWithTarget', () => {
  it.each([
    ['So the answer is (B) Paris.', 'Paris', true],
    ['The answer: new   YORK!', 'New York.', true],
    ['It is Parisian.', 'Paris', false],
    ['Anything', '', true],
  ])('%s / %s', (response, target, expected) => {
    expect(agreesWithTarget(response, target)).toBe(expected);
  });
});
