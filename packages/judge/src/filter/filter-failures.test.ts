import type { InstructionRow } from '@bezoar/core';
import { createOpenAiModel, type ChatModel } from '@bezoar/llm';
import { startChatServer, type ChatServer, type ServerReply } from '@bezoar/llm/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { filterRows, type FilterOptions, type FilterResult } from './filter-rows.ts';

let server: ChatServer;
afterEach(() => server.close());

const rowsOf = (...responses: string[]): InstructionRow[] =>
  responses.map((response) => ({ id: response, instruction: 'Do it.', response, source: 's' }));

/** Accepts every row but those with a bad response, which get `failure`. `strict` is a judge that fails on none. */
async function judge(failure: ServerReply): Promise<ChatModel> {
  server = await startChatServer({
    reply: ({ messages, body }) =>
      body['model'] !== 'strict' && messages[1]!.content.includes('bad')
        ? failure
        : '{"status":"accept","rating":9,"reason":"It is right."}',
  });
  return createOpenAiModel({ model: 'proxy', baseURL: server.url });
}

async function filter(options: FilterOptions): Promise<FilterResult> {
  const run = filterRows(options);
  for (;;) {
    const { done, value } = await run.next();
    if (done === true) return value;
  }
}

const answer = (content: string | null, finish_reason: string, refusal?: string): ServerReply => ({
  status: 200,
  body: { choices: [{ index: 0, message: { role: 'assistant', content, refusal }, finish_reason }] },
});
const rejection: ServerReply = { status: 400, body: { error: { message: 'Prompt flagged.' } } };

describe('a judge that fails on one row', () => {
  it.each([
    [
      'rejects it',
      rejection,
      ['rejected-by-provider', /^gpt4: no verdict: openai:proxy rejected .*Prompt flagged/],
    ],
    ['refuses', answer(null, 'stop', 'I will not.'), ['refused', /I will not/]],
    ['is filtered', answer('{"status":', 'content_filter'), ['refused', /refusal/]],
    ['is cut off', answer('{"status":"accept","rat', 'length'), ['truncated', /limit of tokens/]],
    ['says nothing', answer('', 'stop'), ['judge-unreadable', /no JSON/]],
  ] as const)('%s: costs that row, with the reason', async (_, failure, [reason, detail]) => {
    const judges = [{ name: 'gpt4', model: await judge(failure) }];
    const { rows, dropped, funnel } = await filter({ rows: rowsOf('good', 'bad', 'fine'), judges });
    expect(rows.map(({ id }) => id)).toEqual(['good', 'fine']);
    expect(dropped).toMatchObject([
      {
        id: 'bad',
        stage: 'filter',
        reason,
        detail: expect.stringMatching(detail) as string,
        row: { judgments: [{ judge: 'gpt4', status: 'error', rating: null }] },
      },
    ]);
    expect(funnel).toMatchObject({ input: 3, kept: 2, dropped: { [reason]: 1 } });
  });

  it('costs nothing when another judge decides', async () => {
    const second = await judge(rejection);
    const first = createOpenAiModel({ model: 'strict', baseURL: server.url });
    const judges = [
      { name: 'first', model: first },
      { name: 'second', model: second },
    ];
    const { rows, dropped } = await filter({ rows: rowsOf('good', 'bad'), judges });
    expect(dropped).toEqual([]);
    expect(rows[1]!.judgments).toMatchObject([
      { judge: 'first', status: 'accept' },
      { judge: 'second', status: 'error' },
    ]);
  });
});

it.each([500, 2])('a judge that rejects all of %i rows ends the run early', async (count) => {
  const judges = [
    { name: 'gpt4', model: await judge({ status: 404, body: { error: { message: 'No such model.' } } }) },
  ];
  const rows = rowsOf(...Array.from({ length: count }, (_, index) => `bad ${index}`));
  await expect(filter({ rows, judges })).rejects.toMatchObject({
    code: 'PROVIDER_REJECTED',
    message: expect.stringContaining('No such model') as string,
  });
  expect(server.requests.length).toBeLessThanOrEqual(28);
});
