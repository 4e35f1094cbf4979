import type { InstructionRow, Judgment, RunEvent } from '@bezoar/core';
import { createScriptedModel, type ChatModel } from '@bezoar/llm';
import { describe, expect, it } from 'vitest';
import { filterRows, type FilterOptions, type FilterResult } from './filter-rows.ts';
import { fromReleaseRow } from './from-release-row.ts';
import { fromReleaseColumns, toReleaseColumns } from './release-columns.ts';

const row = (response: string): InstructionRow => ({
  id: response,
  instruction: 'Do it.',
  response,
  source: 's',
  reference: 'gold',
});

/** Its verdict is the response: `accept 8`, `reject 9`, or a text that is no verdict. */
function judge(name: string): ChatModel {
  return createScriptedModel({
    name,
    reply({ messages }) {
      const shown = messages.find(({ role }) => role === 'user')!.content;
      const response = /\[Response\]\n(.*)/.exec(shown)![1]!;
      if (response === 'repairable' && messages.length > 2)
        return '{"status":"accept","rating":"7","reason":"now readable"}';
      const match = /^(accept|reject) (\d+)/.exec(
        name === 'contrary' ? response.replace('accept', 'reject') : response,
      );
      return match === null
        ? 'Well.'
        : `Here: {"status":"${match[1]!}","rating":${match[2]!},"reason":"because"}`;
    },
  });
}

async function run(
  options: Partial<FilterOptions> & Pick<FilterOptions, 'rows'>,
): Promise<{ events: RunEvent[]; result: FilterResult }> {
  const events: RunEvent[] = [];
  const generator = filterRows({ judges: [{ name: 'gpt4', model: judge('plain') }], ...options });
  for (;;) {
    const next = await generator.next();
    if (next.done === true) return { events, result: next.value };
    events.push(next.value);
  }
}

describe('filterRows', () => {
  const rows = ['accept 8', 'accept 5', 'reject 9', 'nonsense', 'repairable', 'accept 6'].map(row);

  it('keeps accepted rows at or above the threshold; every other row has its reason', async () => {
    const { result } = await run({ rows });
    expect(result.rows.map(({ id }) => id)).toEqual(['accept 8', 'repairable', 'accept 6']);
    expect(result.dropped.map(({ id, reason }) => [id, reason])).toEqual([
      ['accept 5', 'below-threshold'],
      ['reject 9', 'rejected-by-judge'],
      ['nonsense', 'judge-unreadable'],
    ]);
    expect(result.funnel).toMatchObject({ input: 6, kept: 3 });
    expect(result.rows[0]!.judgments).toEqual([
      { judge: 'gpt4', status: 'accept', rating: 8, reason: 'because' },
    ]);
  });

  it('puts a judge’s new verdict in the place of its old one, and leaves those of others', async () => {
    const old = (name: string): Judgment => ({ judge: name, status: 'reject', rating: 1, reason: 'old' });
    const judged = { ...row('accept 8'), judgments: [old('gpt4'), old('people')] };
    const { result } = await run({ rows: [judged] });
    expect(result.rows[0]!.judgments).toEqual([
      old('people'),
      { judge: 'gpt4', status: 'accept', rating: 8, reason: 'because' },
    ]);
  });

  it.each([
    ['{"status":" Accept","rating":"9/10","reason":"r"}', 9],
    ['```json\n{"status":"ACCEPT","rating":" 7.5 ","reason":"r","extra":1}\n```', 7.5],
    ['{"status":"accept","rating":"9/5","reason":"r"}', undefined],
    ['{"status":"accept","rating":11,"reason":"r"}', undefined],
    ['{"status":"accept","rating":null,"reason":"r"}', undefined],
    ['{"status":"perhaps","rating":9,"reason":"r"}', undefined],
    [
      'First {"status":"reject","rating":1,"reason":"a"}, then {"status":"accept","rating":9,"reason":"b"}',
      undefined,
    ],
  ])('reads the verdict that is meant, and no other: %s', async (reply, rating) => {
    const model = createScriptedModel({ name: 'j', reply: () => reply });
    const { result } = await run({ rows: [row('x')], judges: [{ name: 'j', model }] });
    if (rating === undefined) expect(result.funnel.dropped).toEqual({ 'judge-unreadable': 1 });
    else expect(result.rows[0]!.judgments).toMatchObject([{ status: 'accept', rating }]);
  });

  it('records several judges side by side, with their agreement', async () => {
    const judges = [
      { name: 'gpt4', model: judge('plain') },
      { name: 'llama2', model: judge('contrary') },
    ];
    const decided = async (decide: 'first' | 'all' | 'majority'): Promise<number> =>
      (await run({ rows, judges, decide })).result.rows.length;
    expect([await decided('first'), await decided('all'), await decided('majority')]).toEqual([3, 1, 1]);
    const { result } = await run({ rows, judges });
    expect(result.rows[0]!.judgments!.map(({ judge: name }) => name)).toEqual(['gpt4', 'llama2']);
    // Readable to both: 8, 5, 9, repairable and 6; they agree on "reject 9" and "repairable".
    expect(result.agreement).toEqual([
      {
        judges: ['gpt4', 'llama2'],
        rows: 5,
        raw: 0.4,
        kappa: expect.closeTo((0.4 - 0.32) / 0.68, 10) as number,
      },
    ]);
  });

  it.each([
    ['no rows', { rows: [] }, 'EMPTY_DATASET'],
    ['no judge', { rows, judges: [] }, 'BAD_CONFIG'],
    [
      'two judges of one name',
      {
        rows,
        judges: [
          { name: 'a', model: judge('a') },
          { name: 'a', model: judge('b') },
        ],
      },
      'BAD_CONFIG',
    ],
    ['a threshold off the scale', { rows, threshold: 11 }, 'BAD_CONFIG'],
  ])('refuses %s', async (_, options, code) => {
    await expect(run(options)).rejects.toMatchObject({ code });
  });
});

describe('release columns', () => {
  it('are what the published data sets have, and load back', () => {
    const judgments = [
      { judge: 'gpt4', status: 'accept' as const, rating: 9, reason: 'good' },
      { judge: 'falcon', status: 'error' as const, rating: null, reason: 'unreadable' },
    ];
    const columns = toReleaseColumns({ judgments });
    expect(columns).toEqual({
      gpt4_status: 'accept',
      gpt4_rating: '9',
      gpt4_reason: 'good',
      falcon_status: 'error',
      falcon_rating: '',
      falcon_reason: 'unreadable',
    });
    expect(fromReleaseColumns({ instruction: 'i', ...columns })).toEqual(judgments);
  });
  it('of the three data sets become rows of this project, and rows of other kinds stay', () => {
    const verdict = { gpt4_status: 'accept', gpt4_rating: '8', gpt4_reason: 'fine' };
    const judgments = [{ judge: 'gpt4', status: 'accept', rating: 8, reason: 'fine' }];
    const lamini = { instruction: 'i', source: 'self-instruct', response: 'r', ...verdict };
    expect(fromReleaseRow(lamini)).toMatchObject({ instruction: 'i', source: 'self-instruct', judgments });
    const orca = {
      ...{ original_index: 7, inputs: 'Is it?', targets: 'yes', task_source: 'NIv2', task_name: 'is' },
      ...{ template_type: 'zs_opt', system_message: 'Explain.', explained_targets: 'Yes, as …' },
    };
    expect(fromReleaseRow({ ...orca, ...verdict })).toMatchObject({
      ...{ system: 'Explain.', instruction: 'Is it?', response: 'Yes, as …', reference: 'yes' },
      ...{ source: 'orca/niv2', category: 'is', judgments },
    });
    const depth = { evolution_strategy: 'in-depth', 'in-depth-evolving_operation': 'deepening', epoch: 1 };
    expect(fromReleaseRow({ instruction: 'i', response: 'r', ...depth })).toMatchObject({
      source: 'evol/deepening',
    });
    const breadth = { evolution_strategy: 'in-breadth', 'in-depth-evolving_operation': '', epoch: 0 };
    expect(fromReleaseRow({ instruction: 'i', response: 'r', ...breadth })).toMatchObject({
      source: 'evol/in-breadth',
    });
    for (const own of [
      { instruction: 'i', response: 'r', http_status: 'ok' },
      { ...lamini, judgments: [] },
    ])
      expect(fromReleaseRow(own)).toBe(own);
  });
  it('read other spellings', () => {
    expect(fromReleaseColumns({ x_status: 'Rejected', x_rating: '3/10', x_reason: 'r' })).toEqual([
      { judge: 'x', status: 'reject', rating: 3, reason: 'r' },
    ]);
  });
});
