import type { DroppedRow } from '@bezoar/core';
import { createOpenAiModel, type ChatModel } from '@bezoar/llm';
import {
  startChatServer,
  type ChatServer,
  type ReceivedRequest,
  type ServerReply,
} from '@bezoar/llm/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { drive } from './__fixtures__/drive.ts';
import { evolve } from './evol/evolve.ts';
import { generateLaMini } from './lamini/generate-lamini.ts';
import { explainWithOrca } from './orca/explain.ts';

let server: ChatServer;
afterEach(() => server.close());

const answer = (content: string | null, finish_reason: string, refusal?: string): ServerReply => ({
  status: 200,
  body: { choices: [{ index: 0, message: { role: 'assistant', content, refusal }, finish_reason }] },
});
const rejection: ServerReply = { status: 400, body: { error: { message: 'Prompt flagged.' } } };

/** What a provider may do to one request for good, and the reason that its row is dropped for. */
const failures: readonly (readonly [what: string, reply: ServerReply, reason: string])[] = [
  ['a rejected request', rejection, 'rejected-by-provider'],
  ['a refusal', answer(null, 'stop', 'I will not.'), 'refused'],
  ['a filtered answer', answer('Half an', 'content_filter'), 'refused'],
  ['an answer that is cut off', answer('Half an', 'length'), 'truncated'],
  ['an empty answer', answer('  ', 'stop'), 'empty-response'],
];

/** A teacher over HTTP; `fails` picks the requests that get `failure` instead of an answer. */
async function teacher(
  failure: ServerReply,
  fails: (request: ReceivedRequest, prompt: string) => boolean,
): Promise<ChatModel> {
  server = await startChatServer({
    reply(request) {
      const prompt = request.messages.at(-1)!.content;
      if (fails(request, prompt)) return failure;
      if (prompt.includes('short topics')) return 'history\nmusic';
      if (prompt.includes('new instructions')) {
        const items = ['good', 'fine', 'bad', 'nice'].map(
          (word) => `<example>A ${word} task, ${String(request.body['seed'])}</example>`,
        );
        return items.join('\n');
      }
      if (prompt.includes('Compare two')) return 'not equal';
      const given = /#Given Prompt#:\n([^\n]*)/.exec(prompt);
      return given === null ? 'A good answer.' : `${given[1]!} And why?`;
    },
  });
  return createOpenAiModel({ model: 'teacher', baseURL: server.url });
}

const seeds = ['a good seed', 'a bad seed', 'a fine seed', 'a nice seed'].map((instruction) => ({
  instruction,
  context: '',
}));
const reasons = (dropped: readonly DroppedRow[]): unknown[] =>
  dropped.map(({ stage, reason }) => [stage, reason]);

describe.each(failures)('%s costs one row', (_, failure, reason) => {
  it('of LaMini, whose count is filled up', async () => {
    const model = await teacher(failure, (__, prompt) => /^A bad task/.test(prompt));
    const { result } = await drive(
      generateLaMini({
        model,
        seeds,
        count: 6,
        topicShare: 0,
        instructionsPerPrompt: 4,
        duplicateThreshold: 1,
      }),
    );
    expect(result.rows).toHaveLength(6);
    expect(result.rows.every(({ instruction }) => !instruction.includes('bad'))).toBe(true);
    expect(result.funnel.dropped[reason]).toBeGreaterThan(0);
    expect(result.funnel.input).toBe(6 + result.dropped.length);
  });

  it('of Evol-Instruct, when it is evolved or answered; the parent stays', async () => {
    const evolving = await teacher(
      failure,
      (__, prompt) => prompt.includes('#Given') && prompt.includes('bad'),
    );
    const first = (await drive(evolve({ model: evolving, seeds, rounds: 2 }))).result;
    expect(first.rows).toHaveLength(6);
    // An instruction that is empty has had its own reason all along.
    const expected = reason === 'empty-response' ? 'empty' : reason;
    expect(reasons(first.dropped)).toEqual([
      ['evol', expected],
      ['evol', expected],
    ]);
    await server.close();

    const answering = await teacher(failure, (__, prompt) => /^a bad/.test(prompt));
    const second = (await drive(evolve({ model: answering, seeds, rounds: 1 }))).result;
    expect(second.rows).toHaveLength(3);
    expect(second.dropped).toMatchObject([{ reason, row: { instruction: 'a bad seed And why?' } }]);
  });

  it('of Orca', async () => {
    const model = await teacher(failure, (__, prompt) => prompt === 'bad');
    const rows = ['good', 'bad', 'fine'].map((inputs) => ({ inputs, targets: 'answer' }));
    const { result } = await drive(explainWithOrca({ model, rows }));
    expect(result.rows).toHaveLength(2);
    expect(result.dropped).toMatchObject([{ stage: 'orca', reason, row: { instruction: 'bad' } }]);
  });
});

describe('a rejection', () => {
  it("is told in the detail, with the model and the provider's words", async () => {
    const model = await teacher(rejection, (_, prompt) => prompt === 'bad');
    const rows = ['good', 'bad'].map((inputs) => ({ inputs, targets: 'answer' }));
    const { result } = await drive(explainWithOrca({ model, rows }));
    expect(result.dropped[0]!.detail).toMatch(
      /^openai:teacher rejected the request \(400\)\..*Prompt flagged/,
    );
  });

  it('of a prompt of LaMini drops the prompt; others make up for it', async () => {
    const model = await teacher(
      rejection,
      (_, prompt) => prompt.includes('new inst') && prompt.includes('a bad seed'),
    );
    const { result } = await drive(
      generateLaMini({
        model,
        seeds,
        count: 6,
        topicShare: 0,
        examplesPerPrompt: 1,
        instructionsPerPrompt: 1,
        duplicateThreshold: 1,
        concurrency: 4,
      }),
    );
    expect(result.rows).toHaveLength(6);
    expect(result.dropped.filter(({ reason }) => reason === 'rejected-by-provider')).toMatchObject([
      { row: { source: 'lamini/example-guided', examples: ['a bad seed'] } },
    ]);
  });

  it('of the question for topics asks about other seeds, and ends with examples only', async () => {
    let asked = 0;
    const model = await teacher(rejection, (_, prompt) => prompt.includes('short topics') && ++asked < 3);
    const many = Array.from({ length: 40 }, (_, index) => ({ instruction: `seed ${index}`, context: '' }));
    const options = { model, seeds: many, count: 2, topicShare: 1, duplicateThreshold: 1 };
    const { result } = await drive(generateLaMini(options));
    expect(asked).toBe(3);
    expect(result.rows.map(({ source }) => source)).toEqual(['lamini/topic-guided', 'lamini/topic-guided']);

    asked = -1000;
    const { events, result: guided } = await drive(generateLaMini(options));
    expect(events[0]).toMatchObject({
      type: 'warning',
      message: expect.stringContaining('no topics') as string,
    });
    expect(guided.rows.map(({ source }) => source)).toEqual([
      'lamini/example-guided',
      'lamini/example-guided',
    ]);
  });

  it('of the judge drops the row, and asks no more', async () => {
    const model = await teacher(
      rejection,
      (_, prompt) => prompt.includes('Compare') && prompt.includes('bad'),
    );
    const { result } = await drive(evolve({ model, judge: model, seeds, rounds: 1 }));
    expect(result.rows).toHaveLength(3);
    expect(reasons(result.dropped)).toEqual([['evol', 'rejected-by-provider']]);
    expect(server.requests).toHaveLength(4 * 3);
  });
});

it('a judge that will not compare is asked again, and then says why', async () => {
  const refusal = answer(null, 'stop', 'They are equal in my eyes: I will not.');
  const model = await teacher(refusal, (_, prompt) => prompt.includes('Compare') && prompt.includes('bad'));
  const { result } = await drive(evolve({ model, judge: model, seeds, rounds: 1, equalityTries: 2 }));
  expect(result.dropped).toMatchObject([
    { reason: 'equality-unreadable', detail: expect.stringContaining('I will not') as string },
  ]);
});

describe('a model that rejects everything ends the run early', () => {
  const many = Array.from({ length: 500 }, (_, index) => ({ instruction: `Seed ${index}`, context: '' }));
  const rows = many.map(({ instruction }) => ({ inputs: instruction, targets: 'x' }));
  const missing: ServerReply = { status: 404, body: { error: { message: 'No such model.' } } };

  it.each([
    ['LaMini', (model: ChatModel) => drive(generateLaMini({ model, seeds: many, count: 500 }))],
    ['Evol-Instruct', (model: ChatModel) => drive(evolve({ model, seeds: many }))],
    ['Orca', (model: ChatModel) => drive(explainWithOrca({ model, rows }))],
    ['Orca of two rows', (model: ChatModel) => drive(explainWithOrca({ model, rows: rows.slice(0, 2) }))],
  ])('%s', async (_, run) => {
    const model = await teacher(missing, () => true);
    await expect(run(model)).rejects.toMatchObject({
      code: 'PROVIDER_REJECTED',
      message: expect.stringContaining('No such model') as string,
    });
    // The first twenty, and those in flight beside them.
    expect(server.requests.length).toBeLessThanOrEqual(28);
  });

  it('a judge too, though the teacher answers', async () => {
    const model = await teacher(missing, ({ body }) => body['model'] === 'judge');
    const judge = createOpenAiModel({ model: 'judge', baseURL: server.url });
    await expect(drive(evolve({ model, judge, seeds: many }))).rejects.toThrow(
      /All 20 calls of openai:judge/,
    );
  });
});
