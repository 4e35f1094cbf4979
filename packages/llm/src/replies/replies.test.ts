import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { completeJson, createOpenAiModel, createScriptedModel, type ChatModel } from '../index.ts';
import { startChatServer, type ChatServer, type ServerReply } from '../testing.ts';
import { completeText } from './complete-text.ts';
import { createRejectionWatch } from './create-rejection-watch.ts';

let server: ChatServer | undefined;
afterEach(() => server?.close());

const ask = (content: string): { messages: { role: 'user'; content: string }[] } => ({
  messages: [{ role: 'user', content }],
});

/** Takes a question unless it is `bad`. */
const taken = ({ messages }: { readonly messages: readonly { readonly content: string }[] }): ServerReply =>
  messages[0]!.content === 'bad' ? rejection(400, 'Invalid prompt.') : 'Good.';
const rejection = (status: number, message: string): ServerReply => ({
  status,
  body: { error: { message } },
});
const answer = (message: object, finish_reason: string): ServerReply => ({
  status: 200,
  body: {
    choices: [{ index: 0, message, finish_reason }],
    usage: { prompt_tokens: 1, completion_tokens: 1 },
  },
});

async function serve(reply: Parameters<typeof startChatServer>[0]['reply']): Promise<ChatModel> {
  server = await startChatServer({ reply });
  return createOpenAiModel({ model: 'm', baseURL: server.url, baseDelayMs: 1, maxRetries: 1 });
}

describe('completeText', () => {
  it.each([
    ['an answer', 'Yes.', { ok: true, text: 'Yes.' }],
    ["an empty answer: what that means is the caller's to say", '', { ok: true, text: '' }],
    [
      'a refusal',
      answer({ content: null, refusal: 'No.' }, 'stop'),
      { ok: false, code: 'refused', reason: 'it is a refusal: No.', text: '' },
    ],
    [
      'a filtered answer',
      answer({ content: 'Half' }, 'content_filter'),
      { ok: false, code: 'refused', text: 'Half' },
    ],
    [
      'an answer that is cut off',
      answer({ content: 'Half' }, 'length'),
      { ok: false, code: 'truncated', text: 'Half' },
    ],
    [
      'a rejection',
      rejection(400, 'Invalid prompt.'),
      {
        ok: false,
        code: 'rejected-by-provider',
        reason: expect.stringMatching(/^openai:m rejected .*Invalid prompt/) as string,
      },
    ],
  ])('reads %s', async (_, reply, expected) => {
    const model = await serve(() => reply);
    expect(await completeText(model, ask('?'), { rejections: createRejectionWatch() })).toMatchObject(
      expected,
    );
    expect(server!.requests).toHaveLength(1);
  });

  it('throws a rejection when nobody watches', async () => {
    const model = await serve(taken);
    await expect(completeText(model, ask('bad'))).rejects.toMatchObject({ code: 'PROVIDER_REJECTED' });
  });

  it.each([
    [401, 'PROVIDER_AUTH'],
    [403, 'PROVIDER_AUTH'],
    [500, 'PROVIDER_UNAVAILABLE'],
  ])('lets a %i through: it is about the run', async (status, code) => {
    const model = await serve(() => rejection(status, 'No.'));
    const call = completeText(model, ask('?'), { rejections: createRejectionWatch() });
    await expect(call).rejects.toMatchObject({ code });
  });

  it('lets an interruption through', async () => {
    const model = await serve(() => new Promise(() => undefined));
    const controller = new AbortController();
    const { signal } = controller;
    const call = completeText(model, ask('?'), { rejections: createRejectionWatch(), signal });
    setTimeout(() => controller.abort(), 20);
    await expect(call).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });
});

it('completeJson reads a rejection, also one of the repair turn', async () => {
  const model = await serve(({ messages }) =>
    messages.length > 1
      ? rejection(400, 'Too long.')
      : messages[0]!.content === 'bad'
        ? taken({ messages })
        : 'no json',
  );
  const options = { schema: z.object({ a: z.number() }), rejections: createRejectionWatch() };
  expect(await completeJson(model, ask('bad'), options)).toMatchObject({
    ok: false,
    code: 'rejected-by-provider',
  });
  expect(await completeJson(model, ask('fine'), options)).toMatchObject({
    ok: false,
    code: 'rejected-by-provider',
    reason: expect.stringContaining('Too long') as string,
  });
});

describe('a watch', () => {
  const limits = { atStart: 3, inARow: 5 };
  const times = async (count: number, act: () => Promise<unknown>): Promise<void> => {
    for (let i = 0; i < count; i++) await act();
  };

  it("stops at a model that rejects everything from the start, with the provider's words", async () => {
    const model = await serve(() => rejection(404, 'The model m does not exist.'));
    const watch = createRejectionWatch(limits);
    await times(2, () => watch.complete(model, ask('?')));
    await expect(watch.complete(model, ask('?'))).rejects.toMatchObject({
      code: 'PROVIDER_REJECTED',
      message: expect.stringMatching(/^All 3 calls of openai:m were rejected\..*does not exist/) as string,
      data: { status: 404, rejectedInARow: 3 },
    });
  });

  it('goes on after an answer, until many in a row are rejected', async () => {
    const model = await serve(taken);
    const watch = createRejectionWatch(limits);
    await watch.complete(model, ask('good'));
    for (let round = 0; round < 3; round++) {
      await times(4, async () => expect(await watch.complete(model, ask('bad'))).toHaveProperty('rejected'));
      await watch.complete(model, ask('good'));
    }
    await times(4, () => watch.complete(model, ask('bad')));
    await expect(watch.complete(model, ask('bad'))).rejects.toThrow(
      /^The last 5 calls of openai:m were rejected/,
    );
  });

  it('takes a filtered prompt for a refusal, and counts none of them', async () => {
    const model = await serve(() => ({
      status: 400,
      body: { error: { code: 'content_filter', message: 'No.' } },
    }));
    const rejections = createRejectionWatch(limits);
    await times(10, async () =>
      expect(await completeText(model, ask('?'), { rejections })).toMatchObject({
        ok: false,
        code: 'refused',
      }),
    );
    expect(() => rejections.finish()).not.toThrow();
  });

  it('counts every model for itself', async () => {
    const model = await serve(() => rejection(404, 'The model m does not exist.'));
    const watch = createRejectionWatch(limits);
    const good = createScriptedModel({ name: 'good', reply: () => 'Good.' });
    const both = async (): Promise<void> => {
      await watch.complete(good, ask('?'));
      await watch.complete(model, ask('?'));
    };
    await times(2, both);
    await expect(both()).rejects.toThrow(/openai:m/);
  });

  it('says at the end when there were calls and none was answered', async () => {
    const model = await serve(taken);
    const watch = createRejectionWatch(limits);
    expect(() => watch.finish()).not.toThrow();
    await watch.complete(model, ask('bad'));
    expect(() => watch.finish()).toThrow(/^The only call of openai:m was rejected/);
    await watch.complete(model, ask('good'));
    await watch.complete(model, ask('bad'));
    expect(() => watch.finish()).not.toThrow();
  });
});
