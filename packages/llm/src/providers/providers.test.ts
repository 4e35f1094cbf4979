import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import type { ChatModel } from '../chat-model.ts';
import { startChatServer, type ChatServer, type ChatServerOptions } from '../testing.ts';
import { createAnthropicModel } from './create-anthropic-model.ts';
import { createOpenAiModel } from './create-openai-model.ts';

const apiKey = 'sk-very-secret-key-0123456789';
const fast = { apiKey, baseDelayMs: 1 };
let server: ChatServer | undefined;

afterEach(() => server?.close());

async function serve(reply: ChatServerOptions['reply']): Promise<ChatServer> {
  server = await startChatServer({ reply });
  return server;
}

const clients: Record<string, (at: ChatServer, options?: object) => ChatModel> = {
  openai: (at, options) => createOpenAiModel({ model: 'gpt-test', baseURL: at.url, ...fast, ...options }),
  anthropic: (at, options) =>
    createAnthropicModel({ model: 'claude-test', baseURL: at.origin, ...fast, ...options }),
};
const request = {
  messages: [
    { role: 'system' as const, content: 'Be kind.' },
    { role: 'user' as const, content: 'Say hi to them' },
  ],
  temperature: 0.5,
  maxTokens: 9,
  stop: ['END'],
};

describe.each(Object.entries(clients))('%s client', (name, create) => {
  it('sends the request and reads text, finish reason and usage', async () => {
    const at = await serve(() => 'hi all of you');
    const response = await create(at).complete(request);
    expect(response).toMatchObject({
      text: 'hi all of you',
      finishReason: 'stop',
      usage: { inputTokens: 6, outputTokens: 4 },
    });
    const { body, headers, messages } = at.requests[0]!;
    expect(messages).toEqual(request.messages);
    expect(body).toMatchObject({ temperature: 0.5, max_tokens: 9 });
    expect(body[name === 'openai' ? 'stop' : 'stop_sequences']).toEqual(['END']);
    expect(JSON.stringify(headers)).toContain(apiKey);
  });

  it('stops at once at a 401, and the key is nowhere in the error', async () => {
    const at = await serve(() => ({
      status: 401,
      body: { error: { type: 'authentication_error', message: `Incorrect API key provided: ${apiKey}` } },
    }));
    const error: unknown = await create(at)
      .complete(request)
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'PROVIDER_AUTH' });
    expect(at.requests).toHaveLength(1);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(apiKey);
  });

  it('does not try a bad request again', async () => {
    const at = await serve(() => ({ status: 400, body: { error: { message: 'max_tokens is too large' } } }));
    await expect(create(at).complete(request)).rejects.toMatchObject({
      code: 'PROVIDER_REJECTED',
      message: expect.stringContaining('max_tokens is too large') as string,
    });
    expect(at.requests).toHaveLength(1);
  });

  it.each([
    [402, { message: 'Payment required.' }],
    [429, { code: 'insufficient_quota', message: 'You exceeded your quota.' }],
    [400, { type: 'invalid_request_error', message: 'Your credit balance is too low to use the API.' }],
  ])('stops at once when the account has no money left: %i %o', async (status, error) => {
    const at = await serve(() => ({ status, body: { type: 'error', error } }));
    await expect(create(at).complete(request)).rejects.toMatchObject({
      code: 'PROVIDER_AUTH',
      message: expect.stringContaining(`wants to be paid first (${status})`) as string,
      data: { subject: 'account' },
    });
    expect(at.requests).toHaveLength(1);
  });

  it.each([
    [400, { code: 'content_filter', message: 'The prompt was filtered.' }],
    [403, { code: 403, message: 'Flagged.', metadata: { reasons: ['x'], flagged_input: 'y' } }],
  ])('tells a filtered prompt from a bad key: %i %o', async (status, error) => {
    const at = await serve(() => ({ status, body: { type: 'error', error } }));
    await expect(create(at).complete(request)).rejects.toMatchObject({
      code: 'PROVIDER_REJECTED',
      data: { subject: 'content', status },
    });
    expect(at.requests).toHaveLength(1);
  });

  it('waits as long as Retry-After asks, then succeeds', async () => {
    const at = await serve(({ index }) =>
      index === 0
        ? { status: 429, headers: { 'retry-after-ms': '120' }, body: { error: { message: 'slow down' } } }
        : 'ok',
    );
    const started = performance.now();
    expect((await create(at).complete(request)).text).toBe('ok');
    expect(performance.now() - started).toBeGreaterThanOrEqual(115);
  });

  it('does not wait longer than allowed', async () => {
    const at = await serve(() => ({
      status: 429,
      headers: { 'retry-after': '3600' },
      body: { error: { message: 'quota' } },
    }));
    await expect(create(at).complete(request)).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    expect(at.requests).toHaveLength(1);
  });

  it('gives up after its retries when the server keeps failing', async () => {
    const at = await serve(() => ({ status: 503, body: 'overloaded' }));
    await expect(create(at, { maxRetries: 3 }).complete(request)).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
    });
    expect(at.requests).toHaveLength(4);
  });

  it('tries again after a broken connection', async () => {
    let broken = false;
    const at = await serve(() => {
      if (broken) return 'ok';
      broken = true;
      throw new Error('the server drops the connection');
    });
    expect((await create(at).complete(request)).text).toBe('ok');
  });

  it("hands the provider's limits up, with answers and with refusals", async () => {
    const headers: Record<string, string> =
      name === 'openai'
        ? { 'x-ratelimit-limit-requests': '60', 'x-ratelimit-remaining-requests': '59' }
        : {
            'anthropic-ratelimit-requests-limit': '60',
            'anthropic-ratelimit-requests-remaining': '59',
          };
    const rateLimit = { requests: { limit: 60, remaining: 59 } };
    const at = await serve(() => ({
      status: 429,
      headers: { ...headers, 'retry-after': '7' },
      body: { error: {} },
    }));
    await expect(create(at).complete(request, { retry: false })).rejects.toMatchObject({
      data: { status: 429, retryAfterMs: 7000, rateLimit, mayBeBilled: false },
    });
    expect(at.requests).toHaveLength(1);
    await at.close();
    const kind = await serve(() => ({
      status: 200,
      headers,
      body: { choices: [{ message: { content: '' } }], content: [] },
    }));
    expect(await create(kind).complete(request)).toMatchObject({ rateLimit });
  });

  it('knows what may be on the bill: a broken answer, not a connection that was never made', async () => {
    const at = await serve(() => {
      throw new Error('the server drops the connection');
    });
    const model = create(at);
    await expect(model.complete(request, { retry: false })).rejects.toMatchObject({
      data: { mayBeBilled: true },
    });
    await at.close();
    await expect(model.complete(request, { retry: false })).rejects.toMatchObject({
      data: { mayBeBilled: false },
    });
  });

  it('stops when the signal fires', async () => {
    const at = await serve(() => new Promise(() => undefined));
    const controller = new AbortController();
    const call = create(at).complete(request, { signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    await expect(call).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });
});

describe('keys', () => {
  it.each(Object.entries(clients))(
    '%s: are taken as they are but for the space around them',
    async (_, create) => {
      const at = await serve(() => 'hi');
      await create(at, { apiKey: `  ${apiKey}\r\n` }).complete(request);
      expect(JSON.stringify(at.requests[0]!.headers)).toContain(`${apiKey}"`);
      for (const bad of [`${apiKey}\n${apiKey}`, `${apiKey} x`, '\u201csecret-key\u201d']) {
        const making = (): unknown => create(at, { apiKey: bad });
        expect(making).toThrow(expect.objectContaining({ code: 'PROVIDER_AUTH' }) as Error);
        expect(making).not.toThrow(/secret/);
      }
    },
  );

  it('in an address are refused where no request can carry them, and are cut out of what the server says', async () => {
    const secret = 'Zq93HiddenValue';
    const making = (): unknown =>
      createOpenAiModel({ model: 'm', apiKey: 'x', baseURL: `http://me:${secret}@127.0.0.1:1/v1` });
    expect(making).toThrow(expect.objectContaining({ code: 'BAD_CONFIG' }) as Error);
    expect(making).not.toThrow(new RegExp(secret));
    expect(() => createOpenAiModel({ model: 'm', apiKey: 'x', baseURL: '127.0.0.1' })).toThrow(/no address/);

    const at = await serve(() => ({
      status: 400,
      body: { error: { message: `No such path: /v1/chat?a=1&api-key=${secret}&b=2` } },
    }));
    const error: unknown = await createOpenAiModel({
      model: 'm',
      apiKey: 'x',
      baseURL: `${at.url}?api-key=${secret}`,
    })
      .complete(request)
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ message: expect.stringContaining('a=1&api-key=[key]&b=2') as string });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(secret);
  });

  it('are asked for before any call, but not by a server on this machine', () => {
    expect(() => createOpenAiModel({ model: 'gpt-4o' })).toThrow(
      expect.objectContaining({
        code: 'PROVIDER_AUTH',
        advice: 'Set OPENAI_API_KEY in the environment.',
      }) as Error,
    );
    expect(() => createAnthropicModel({ model: 'claude-2.1', apiKey: '' })).toThrow(/no API key/);
    expect(() => createOpenAiModel({ model: 'local', baseURL: 'http://127.0.0.1:8000/v1' })).not.toThrow();
  });
});
