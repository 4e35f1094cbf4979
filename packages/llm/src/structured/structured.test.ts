import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ChatModel } from '../chat-model.ts';
import { createAnthropicModel } from '../providers/create-anthropic-model.ts';
import { createOpenAiModel } from '../providers/create-openai-model.ts';
import { startChatServer, type ChatServer, type ChatServerOptions } from '../testing.ts';
import { completeJson } from './complete-json.ts';
import { isStrictSchema } from './is-strict-schema.ts';
import { toResponseSchema } from './to-response-schema.ts';

const schema = z.object({ rating: z.number().min(1).max(10), reason: z.string() });
const request = { messages: [{ role: 'user' as const, content: 'rate' }] };
let server: ChatServer | undefined;
afterEach(() => server?.close());

async function serve(reply: ChatServerOptions['reply']): Promise<ChatServer> {
  server = await startChatServer({ reply });
  return server;
}

const openAi = (at: ChatServer): ChatModel =>
  createOpenAiModel({ model: 'm', baseURL: at.url, baseDelayMs: 1 });
const openAiAnswer = (message: object, finish_reason = 'stop'): { status: number; body: object } => ({
  status: 200,
  body: {
    model: 'm',
    choices: [{ message, finish_reason }],
    usage: { prompt_tokens: 1, completion_tokens: 1 },
  },
});

describe('structured mode', () => {
  it('asks OpenAI for the schema', async () => {
    const at = await serve(() => '{"rating": 9, "reason": "good"}');
    expect(await completeJson(openAi(at), request, { schema })).toMatchObject({
      ok: true,
      value: { rating: 9 },
    });
    expect(at.requests[0]!.body['response_format']).toEqual({
      type: 'json_schema',
      json_schema: {
        name: 'reply',
        strict: true,
        schema: {
          type: 'object',
          properties: { rating: { type: 'number', minimum: 1, maximum: 10 }, reason: { type: 'string' } },
          required: ['rating', 'reason'],
          additionalProperties: false,
        },
      },
    });
  });

  it('makes Anthropic use a tool, and reads its input', async () => {
    const at = await serve(() => ({
      status: 200,
      body: {
        model: 'c',
        content: [
          { type: 'text', text: 'Let me think: {"rating": 1, "reason": "an example"}' },
          { type: 'tool_use', id: 't', name: 'reply', input: { rating: 9, reason: 'good' } },
        ],
        stop_reason: 'tool_use',
        usage: { input_tokens: 1, output_tokens: 1 },
      },
    }));
    const model = createAnthropicModel({ model: 'c', baseURL: at.origin });
    expect(await completeJson(model, request, { schema })).toMatchObject({ ok: true, value: { rating: 9 } });
    expect(at.requests[0]!.body).toMatchObject({
      tools: [{ name: 'reply', input_schema: { type: 'object', required: ['rating', 'reason'] } }],
      tool_choice: { type: 'tool', name: 'reply' },
    });
  });

  it('goes on without where the server refuses it, and remembers', async () => {
    const at = await serve(({ body }) =>
      'response_format' in body
        ? {
            status: 400,
            body: { error: { message: "'response_format' of type 'json_schema' is not supported" } },
          }
        : 'Sure: {"rating": 9, "reason": "good"}',
    );
    const model = openAi(at);
    for (let i = 0; i < 3; i++) expect((await completeJson(model, request, { schema })).ok).toBe(true);
    expect(at.requests.map(({ body }) => 'response_format' in body)).toEqual([true, false, false, false]);
  });

  it('does not mistake another refusal for that one', async () => {
    const at = await serve(() => ({
      status: 400,
      body: { error: { message: 'the model m does not exist' } },
    }));
    await expect(completeJson(openAi(at), request, { schema })).rejects.toMatchObject({
      code: 'PROVIDER_REJECTED',
    });
    expect(at.requests).toHaveLength(1);
  });
});

describe('what a reply is', () => {
  it.each([
    ['truncated', openAiAnswer({ content: '{"rating": 9, "rea' }, 'length')],
    ['refused', openAiAnswer({ content: null, refusal: 'I cannot do that.' })],
    ['refused', openAiAnswer({ content: '' }, 'content_filter')],
  ])('%s: not asked again', async (code, answer) => {
    const at = await serve(() => answer);
    expect(await completeJson(openAi(at), request, { schema })).toMatchObject({ ok: false, code });
    expect(at.requests).toHaveLength(1);
  });

  it.each([
    ['no-json', 'nine'],
    ['wrong-schema', '{"rating": 11, "reason": "very good"}'],
    ['ambiguous', 'Not {"rating": 1, "reason": "bad"} but {"rating": 9, "reason": "good"}'],
  ])('%s: shown its mistake once', async (code, answer) => {
    const at = await serve(() => answer);
    expect(await completeJson(openAi(at), request, { schema })).toMatchObject({
      ok: false,
      code,
      text: answer,
    });
    expect(at.requests).toHaveLength(2);
  });

  it('is the object that fits, not one that is quoted before it', async () => {
    const at = await serve(
      () => 'Of {"a": {"rating": 1, "reason": "x"}} I say {"rating": 9, "reason": "good"}.',
    );
    expect(await completeJson(openAi(at), request, { schema })).toMatchObject({
      ok: true,
      value: { rating: 9 },
    });
  });

  it('is no answer when it is a page or an error with status 200: tried again', async () => {
    const replies = [
      { status: 200, body: '<html>' },
      { status: 200, body: { error: 'busy' } },
      '{"rating": 9, "reason": "g"}',
    ];
    const at = await serve(() => replies.shift()!);
    expect((await completeJson(openAi(at), request, { schema })).ok).toBe(true);
  });
});

describe('schemas', () => {
  it.each([
    [
      'closed, all required',
      z.object({ a: z.array(z.object({ b: z.enum(['x']) })), c: z.string().nullable() }),
      true,
    ],
    ['an optional field', z.object({ a: z.string().optional() }), false],
    ['an open object', z.looseObject({ a: z.string() }), false],
    ['a word that strict mode does not know', z.object({ a: z.string().min(1) }), false],
    ['anything at all', z.object({ a: z.unknown() }), false],
  ])('strict mode: %s', (_, each, strict) => {
    expect(isStrictSchema(toResponseSchema(each)!)).toBe(strict);
  });

  it('are told only for objects', () => {
    expect(toResponseSchema(z.array(z.string()))).toBeUndefined();
    expect(toResponseSchema(z.object({ a: z.coerce.number().min(1) }))).toMatchObject({
      properties: { a: { type: 'number', minimum: 1 } },
    });
  });
});
