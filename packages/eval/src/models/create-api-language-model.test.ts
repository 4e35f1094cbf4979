import { createOpenAiCompletions, createOpenAiModel } from '@bezoar/llm';
import { startChatServer, type ChatServer, type ReceivedRequest } from '@bezoar/llm/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { createApiLanguageModel } from './create-api-language-model.ts';

let server: ChatServer | undefined;
afterEach(() => server?.close());

/** Cuts texts at spaces, finds a token as likely as it is short, and likes "bird" best. */
function completion({ body }: ReceivedRequest): { status: number; body: unknown } {
  const prompt = body['prompt'] as string;
  const generated = body['echo'] === true ? '!' : ' a bird. And more';
  const tokens = [...(body['echo'] === true ? prompt.match(/ ?[^ ]+| +/g)! : []), generated];
  const logProbs = tokens.map((token, index) =>
    index === 0 && body['echo'] === true ? null : -token.length,
  );
  return {
    status: 200,
    body: {
      choices: [
        {
          text: tokens.join(''),
          finish_reason: 'length',
          index: 0,
          logprobs:
            body['logprobs'] === undefined
              ? null
              : {
                  tokens,
                  token_logprobs: logProbs,
                  top_logprobs: tokens.map((token, index) =>
                    logProbs[index] === null ? null : { [token.includes('bird') ? token : ' bird']: -1 },
                  ),
                },
        },
      ],
    },
  };
}

describe('createApiLanguageModel', () => {
  it('scores what stands after the context, in order, as the server cuts it', async () => {
    server = await startChatServer({ reply: completion });
    const completions = createOpenAiCompletions({ model: 'base', baseURL: server.url, maxRetries: 0 });
    const model = createApiLanguageModel({ id: 'served', completions, concurrency: 2 });
    const told: number[] = [];
    const results = await model.loglikelihood(
      [
        { context: 'The robin is a', continuation: ' fish' },
        { context: 'The robin is a ', continuation: 'small bird' },
        { context: '', continuation: 'Yes it is' },
      ],
      { onAnswer: (index) => told.push(index) },
    );
    expect(results).toEqual([
      { logProb: -5, isGreedy: false },
      { logProb: -11, isGreedy: false },
      { logProb: -6, isGreedy: false },
    ]);
    expect(told.toSorted()).toEqual([0, 1, 2]);
    expect(server.requests.map(({ path }) => path)).toEqual(
      Array.from({ length: 3 }, () => '/v1/completions'),
    );
    expect(server.requests[0]!.body).toMatchObject({
      model: 'base',
      echo: true,
      logprobs: 1,
      temperature: 0,
    });
    expect(await model.rolling!([{ text: 'The robin' }])).toEqual([-6]);
    expect(model.settings).toEqual({ bos: 'server', api: 'completions' });
  });

  it('generates by completions, cut at stop strings', async () => {
    server = await startChatServer({ reply: completion });
    const completions = createOpenAiCompletions({ model: 'base', baseURL: server.url });
    const model = createApiLanguageModel({ id: 'served', completions });
    const until = ['a', 'b', 'c', 'd', '. '].map((stop) => (stop === '. ' ? stop : `${stop}${stop}`));
    expect(await model.generate([{ prompt: 'The robin is', until, maxTokens: 9 }])).toEqual([' a bird']);
    expect(server.requests[0]!.body).toMatchObject({
      prompt: 'The robin is',
      max_tokens: 9,
      stop: until.slice(0, 4),
    });
  });

  it('generates over a chat, which scores nothing', async () => {
    server = await startChatServer({ reply: ({ messages }) => `You said: ${messages[0]!.content}` });
    const chat = createOpenAiModel({ model: 'chat', baseURL: server.url });
    const model = createApiLanguageModel({ id: 'served', chat });
    expect(await model.generate([{ prompt: 'hello', until: [], maxTokens: 9 }])).toEqual(['You said: hello']);
    await expect(model.loglikelihood([{ context: 'a', continuation: 'b' }])).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('served chats') as string,
    });
    expect(() => createApiLanguageModel({ id: 'none' })).toThrow(
      expect.objectContaining({ code: 'BAD_CONFIG' }),
    );
  });

  it.each([
    ['no log-probabilities', { choices: [{ text: 'a b', logprobs: null }] }, 'UNSUPPORTED'],
    ['no choices', { error: 'a page' }, 'PROVIDER_UNAVAILABLE'],
  ])('says it when a server gives %s', async (_, body, code) => {
    server = await startChatServer({ reply: () => ({ status: 200, body }) });
    const completions = createOpenAiCompletions({ model: 'base', baseURL: server.url, maxRetries: 0 });
    const model = createApiLanguageModel({ id: 'served', completions });
    await expect(model.loglikelihood([{ context: 'a', continuation: ' b' }])).rejects.toMatchObject({ code });
  });
});
