import { createRng, type ChatMessage } from '@bezoar/core';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with an answer. */
export const faultKinds = [
  'rate-limit',
  'rate-limit-retry-after',
  'server-error',
  'reset-before',
  'reset-within',
  'slow-body',
  'truncated-json',
  'not-json',
  'wrong-schema',
  'refusal',
] as const;
export type FaultKind = (typeof faultKinds)[number];
/** Those that a client gets over, and that change no answer. */
export const passingFaults: readonly FaultKind[] = [
  'rate-limit-retry-after',
  'server-error',
  'reset-before',
  'reset-within',
  'slow-body',
  'truncated-json',
  'not-json',
];

export interface FaultServerOptions {
  /** Share of the requests that a fault is drawn for; asked anew for every request when it is a function. */
  readonly rate: number | (() => number);
  /** Drawn with equal chances; all by default. */
  readonly faults?: readonly FaultKind[];
  readonly seed?: number | string;
  /** Answer of a question, which is the first message of a user, or of a whole request. */
  readonly reply: (question: string, request: FaultServerRequest) => string;
  /** Before every answer. */
  readonly delayMs?: number;
  /** What a 429 asks to wait. 20 by default. */
  readonly retryAfterMs?: number;
}

/** What decides an answer: calls that differ in nothing of it are the same call. */
export interface FaultServerRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  /** The request's `sampleIndex`. */
  readonly seed?: number;
}

/** What the server did: the bill, as it were. */
export interface FaultServerCounts {
  requests: number;
  /** Whole answers, and their tokens: what the client can know of. */
  answered: number;
  inputTokens: number;
  outputTokens: number;
  /** Answers that were made and never arrived whole. */
  lost: number;
  readonly faults: Record<FaultKind, number>;
  /** Whole answers by the JSON of their `FaultServerRequest`. */
  readonly answers: Map<string, number>;
}

export interface FaultServer {
  /** For an OpenAI client's baseURL. */
  readonly url: string;
  readonly counts: FaultServerCounts;
  close(): Promise<void>;
}

/** Tokens of a text, as the fault server counts them: a function of the text, so that a bill can be checked. */
export function faultServerTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 4);
}

/**
 * A chat completions server on loopback that fails as real ones do: refuses for a while, breaks, hangs up before or in
 * the middle of its answer, dribbles, sends half a JSON or none, ignores the schema, refuses to answer. The faults of a
 * seed are the same in every run, by the number of the request.
 */
export async function startFaultServer(options: FaultServerOptions): Promise<FaultServer> {
  const { rate, faults = faultKinds, seed = 0, delayMs = 0 } = options;
  const rateNow = typeof rate === 'number' ? (): number => rate : rate;
  const rng = createRng(seed);
  const counts: FaultServerCounts = {
    requests: 0,
    answered: 0,
    inputTokens: 0,
    outputTokens: 0,
    lost: 0,
    faults: Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<FaultKind, number>,
    answers: new Map(),
  };
  const server = createServer((incoming, outgoing) => {
    void answer(incoming, outgoing).catch(() => outgoing.destroy());
  });

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    counts.requests++;
    const fault = rng.next() < rateNow() ? rng.pick(faults) : undefined;
    if (fault !== undefined) counts.faults[fault]++;
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    const request = readRequest(Buffer.concat(chunks).toString('utf8'));
    const question = request.messages.find(({ role }) => role === 'user')?.content ?? '';
    const input = request.messages.reduce((sum, { content }) => sum + faultServerTokens(content), 0);
    switch (fault) {
      case 'rate-limit':
        send(outgoing, 429, { error: { message: 'Rate limit reached.' } });
        return;
      case 'rate-limit-retry-after':
        outgoing.setHeader('retry-after-ms', String(options.retryAfterMs ?? 20));
        send(outgoing, 429, { error: { message: 'Rate limit reached.' } });
        return;
      case 'server-error':
        send(outgoing, 500, { error: { message: 'The server had an error.' } });
        return;
      case 'reset-before':
        incoming.socket.resetAndDestroy();
        return;
      case 'not-json':
        counts.lost++;
        outgoing.setHeader('content-type', 'text/html');
        outgoing.end('<html>Bad gateway</html>');
        return;
      case 'reset-within':
      case 'truncated-json': {
        counts.lost++;
        const text = JSON.stringify(completion(options.reply(question, request), input));
        const half = text.slice(0, text.length / 2);
        outgoing.setHeader('content-type', 'application/json');
        if (fault === 'truncated-json') outgoing.end(half);
        else outgoing.write(half, () => incoming.socket.resetAndDestroy());
        return;
      }
      case 'slow-body':
      case 'wrong-schema':
      case 'refusal':
      case undefined:
        await sendAnswer(outgoing, { question, request, input, fault });
    }
  }

  async function sendAnswer(
    outgoing: ServerResponse,
    { question, request, input, fault }: Answer,
  ): Promise<void> {
    const text = fault === 'wrong-schema' ? '{"unexpected": true}' : options.reply(question, request);
    const refusal = fault === 'refusal' ? 'I cannot help with that.' : null;
    counts.answered++;
    counts.inputTokens += input;
    counts.outputTokens += faultServerTokens(refusal ?? text);
    const call = JSON.stringify(request);
    counts.answers.set(call, (counts.answers.get(call) ?? 0) + 1);
    const bytes = JSON.stringify(completion(text, input, refusal));
    outgoing.setHeader('content-type', 'application/json');
    if (fault === 'slow-body') {
      for (let at = 0; at < bytes.length; at += 100) {
        outgoing.write(bytes.slice(at, at + 100));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      outgoing.end();
    } else outgoing.end(bytes);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    counts,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Answer {
  readonly question: string;
  readonly request: FaultServerRequest;
  readonly input: number;
  readonly fault: FaultKind | undefined;
}

function readRequest(body: string): FaultServerRequest {
  const { model, messages, seed } = JSON.parse(body) as FaultServerRequest;
  return { model, messages, ...(seed === undefined ? {} : { seed }) };
}

function completion(text: string, input: number, refusal: string | null = null): object {
  const output = faultServerTokens(refusal ?? text);
  const message = { role: 'assistant', content: refusal === null ? text : null, refusal };
  return {
    id: 'chatcmpl-fault',
    object: 'chat.completion',
    created: 0,
    model: 'fault-server',
    choices: [{ index: 0, message, logprobs: null, finish_reason: 'stop' }],
    usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
  };
}

function send(outgoing: ServerResponse, status: number, body: unknown): void {
  outgoing.statusCode = status;
  outgoing.setHeader('content-type', 'application/json');
  outgoing.end(JSON.stringify(body));
}
