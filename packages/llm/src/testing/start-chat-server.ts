import type { ChatMessage } from '@bezoar/core';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  /** 0-based, in order of arrival. */
  readonly index: number;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Readonly<Record<string, unknown>>;
  /** System text of either API included, as the first message. */
  readonly messages: readonly ChatMessage[];
}

/** The text of the answer, or a whole HTTP response. */
export type ServerReply =
  string | { readonly status: number; readonly headers?: Record<string, string>; readonly body: unknown };

export interface ChatServerOptions {
  readonly reply: (request: ReceivedRequest) => ServerReply | Promise<ServerReply>;
}

export interface ChatServer {
  /** For an OpenAI client's baseURL: `http://127.0.0.1:PORT/v1`. */
  readonly url: string;
  /** For an Anthropic client's baseURL. */
  readonly origin: string;
  readonly requests: readonly ReceivedRequest[];
  close(): Promise<void>;
}

/**
 * A real HTTP server on loopback that speaks OpenAI's chat completions and Anthropic's messages: for tests of programs
 * that call a model.
 */
export async function startChatServer({ reply }: ChatServerOptions): Promise<ChatServer> {
  const requests: ReceivedRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    void answer(incoming, outgoing).catch((error: unknown) => outgoing.destroy(error as Error));
  });
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
    const received = {
      index: requests.length,
      path: incoming.url ?? '',
      headers: incoming.headers,
      body,
      messages: messagesOf(body),
    };
    requests.push(received);
    const result = await reply(received);
    const whole =
      typeof result === 'string' ? { status: 200, headers: {}, body: wrap(received, result) } : result;
    outgoing.writeHead(whole.status, { 'content-type': 'application/json', ...whole.headers });
    outgoing.end(typeof whole.body === 'string' ? whole.body : JSON.stringify(whole.body));
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${origin}/v1`,
    origin,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function messagesOf(body: Readonly<Record<string, unknown>>): ChatMessage[] {
  const messages = (body['messages'] ?? []) as ChatMessage[];
  return typeof body['system'] === 'string'
    ? [{ role: 'system', content: body['system'] }, ...messages]
    : messages;
}

function wrap({ path, body, messages }: ReceivedRequest, text: string): unknown {
  const words = (content: string): number => content.match(/\S+/g)?.length ?? 0;
  const input = words(messages.map(({ content }) => content).join(' '));
  if (path.endsWith('/messages')) {
    return {
      id: 'msg_test',
      type: 'message',
      role: 'assistant',
      model: body['model'],
      content: [{ type: 'text', text }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: input, output_tokens: words(text) },
    };
  }
  return {
    id: 'chatcmpl-test',
    object: 'chat.completion',
    created: 0,
    model: body['model'],
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: text, refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: { prompt_tokens: input, completion_tokens: words(text), total_tokens: input + words(text) },
  };
}
