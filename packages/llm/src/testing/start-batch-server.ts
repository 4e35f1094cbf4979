import type { ChatMessage } from '@bezoar/core';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What becomes of one request of a batch. */
export type BatchReply =
  | string
  /** An HTTP status of its own, with the provider's message. */
  | { readonly status: number; readonly message: string }
  /** `missing`: its result is in neither file. */
  | { readonly outcome: 'expired' | 'missing' };

export interface BatchServerOptions {
  readonly reply: (question: string, times: number) => BatchReply;
  /** Looks at a batch, alone or in a list, until it has ended; 1 by default. */
  readonly polls?: number;
  /** Refuses a batch as a whole at the first look, with the provider's code. */
  readonly refuse?: (batch: ServerBatch) => BatchRefusal | undefined;
  /** What happens to the request with this number; an answer as usual where it is undefined. */
  readonly fault?: (request: BatchServerRequest) => BatchServerFault | undefined;
  /** Every result stands in the files twice. */
  readonly repeatResults?: boolean;
}

export interface BatchServerRequest {
  /** 0-based, over all requests. */
  readonly index: number;
  readonly method: string;
  readonly path: string;
}

/** `lose-answer`: does what was asked, and hangs up. `cut-answer`: sends half of it, and hangs up. */
export type BatchServerFault =
  'hang-up' | 'lose-answer' | 'cut-answer' | { readonly status: number; readonly body: unknown };

export interface BatchRefusal {
  readonly code: string;
  readonly message: string;
}

/** A batch as the server keeps it. */
export interface ServerBatch {
  readonly id: string;
  readonly requests: readonly { readonly customId: string; readonly question: string }[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdAt: number;
  status: 'running' | 'ended' | 'cancelled' | 'refused';
  polls: number;
  refusal: BatchRefusal | undefined;
  readonly results: BatchServerResult[];
}

interface BatchServerResult {
  readonly customId: string;
  readonly reply: BatchReply | { readonly outcome: 'cancelled' };
}

export interface BatchServer {
  /** For an OpenAI client's baseURL. */
  readonly url: string;
  /** For an Anthropic client's baseURL. */
  readonly origin: string;
  readonly batches: readonly ServerBatch[];
  readonly requests: readonly BatchServerRequest[];
  /** How often each question was answered: the bill. */
  readonly answered: ReadonlyMap<string, number>;
  cancel(batch: ServerBatch): void;
  /** Deletes the files, as providers do with old ones. */
  deleteFiles(): void;
  close(): Promise<void>;
}

/**
 * A server on loopback that speaks the batch APIs of OpenAI and Anthropic: files, batches, results in any order, and what
 * goes wrong with them. Answers, as a provider does, whatever stands in a batch when it ends, whoever made it.
 */
export async function startBatchServer(options: BatchServerOptions): Promise<BatchServer> {
  const { polls = 1 } = options;
  const files = new Map<string, string>();
  const batches: ServerBatch[] = [];
  const requests: BatchServerRequest[] = [];
  const answered = new Map<string, number>();
  const asked = new Map<string, number>();

  const open = (entries: readonly Entry[], metadata: Readonly<Record<string, string>>): ServerBatch => {
    const batch: ServerBatch = {
      id: `batch_${batches.length}`,
      requests: entries.map(({ custom_id: customId, body, params }) => ({
        customId,
        question: (body ?? params)!.messages.find(({ role }) => role === 'user')!.content,
      })),
      metadata,
      createdAt: Date.now(),
      status: 'running',
      polls: 0,
      refusal: undefined,
      results: [],
    };
    batches.push(batch);
    return batch;
  };
  const work = (batch: ServerBatch): void => {
    if (batch.status !== 'running') return;
    batch.refusal = options.refuse?.(batch);
    if (batch.refusal !== undefined) batch.status = 'refused';
    else if (++batch.polls >= polls) end(batch);
  };
  const end = (batch: ServerBatch): void => {
    batch.status = 'ended';
    for (const { customId, question } of [...batch.requests].reverse()) {
      const times = asked.get(question) ?? 0;
      asked.set(question, times + 1);
      const reply = options.reply(question, times);
      if (typeof reply === 'string') answered.set(question, (answered.get(question) ?? 0) + 1);
      if (typeof reply === 'string' || !('outcome' in reply) || reply.outcome !== 'missing')
        batch.results.push({ customId, reply });
    }
  };

  const route = async (incoming: IncomingMessage): Promise<unknown> => {
    const body = await readBody(incoming);
    const url = new URL(incoming.url ?? '', 'http://127.0.0.1');
    const [path, method] = [url.pathname, incoming.method];
    const anthropic = path.startsWith('/v1/messages');
    const [, id = ''] = /(?:batches|files)\/([^/]+)/.exec(path) ?? [];
    const batch = batches.find((each) => each.id === id);
    if (path === '/v1/files' && method === 'POST') {
      const [, text = ''] = /filename="[^"]*"\r\n(?:[^\r]+\r\n)*\r\n([^]*?)\r\n--/.exec(body) ?? [];
      files.set(`file-${files.size}`, text);
      return { id: `file-${files.size - 1}`, object: 'file' };
    }
    if (/^\/v1\/files\/[^/]+\/content$/.test(path)) return files.get(id);
    if (path.endsWith('/results')) return resultLines(batch!, { anthropic: true, ...options });
    if (/\/batches$/.test(path) && method === 'POST') {
      const json = JSON.parse(body) as CreateBody;
      const text = json.input_file_id === undefined ? '' : files.get(json.input_file_id);
      if (text === undefined) return new Refusal(`There is no file ${json.input_file_id}.`);
      const entries =
        json.requests ??
        text
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as Entry);
      return describe(open(entries, json.metadata ?? {}), { anthropic, origin });
    }
    if (/\/batches$/.test(path)) {
      for (const each of batches) work(each);
      const all = [...batches].reverse().map((each) => describe(each, { anthropic, origin }));
      return { object: 'list', data: all, has_more: false, first_id: null, last_id: null };
    }
    if (batch === undefined) return undefined;
    work(batch);
    if (batch.status !== 'running' && !anthropic) {
      const all = resultLines(batch, { anthropic: false, ...options }).split('\n');
      const isAnswer = (line: string): boolean => line.includes('"status_code":200');
      files.set(`${id}-output`, all.filter(isAnswer).join('\n'));
      files.set(`${id}-errors`, all.filter((line) => !isAnswer(line)).join('\n'));
    }
    return describe(batch, { anthropic, origin });
  };

  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const request = { index: requests.length, method: incoming.method ?? '', path: incoming.url ?? '' };
    requests.push(request);
    const fault = options.fault?.(request);
    if (fault === 'hang-up') {
      incoming.socket.resetAndDestroy();
      return;
    }
    if (typeof fault === 'object') {
      outgoing.writeHead(fault.status, { 'content-type': 'application/json' });
      outgoing.end(JSON.stringify(fault.body));
      return;
    }
    const answer = await route(incoming);
    if (answer instanceof Refusal) {
      outgoing.writeHead(400, { 'content-type': 'application/json' });
      outgoing.end(JSON.stringify({ error: { message: answer.message } }));
      return;
    }
    const text =
      typeof answer === 'string' ? answer : JSON.stringify(answer ?? { error: { message: 'not found' } });
    if (fault === 'lose-answer') {
      incoming.socket.resetAndDestroy();
      return;
    }
    const type = typeof answer === 'string' ? 'application/octet-stream' : 'application/json';
    outgoing.writeHead(answer === undefined ? 404 : 200, { 'content-type': type });
    if (fault === 'cut-answer')
      outgoing.write(text.slice(0, text.length / 2), () => incoming.socket.resetAndDestroy());
    else outgoing.end(text);
  };
  const server = createServer((incoming, outgoing) => {
    void serve(incoming, outgoing).catch((error: unknown) => outgoing.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${origin}/v1`,
    origin,
    batches,
    requests,
    answered,
    cancel(batch) {
      batch.status = 'cancelled';
      for (const { customId } of batch.requests)
        batch.results.push({ customId, reply: { outcome: 'cancelled' } });
    },
    deleteFiles: () => files.clear(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A request that makes no sense. */
class Refusal extends Error {}

interface Entry {
  readonly custom_id: string;
  readonly body?: { readonly messages: readonly ChatMessage[] };
  readonly params?: { readonly messages: readonly ChatMessage[] };
}

interface CreateBody {
  readonly input_file_id?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly requests?: readonly Entry[];
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

interface Dialect {
  readonly anthropic: boolean;
  readonly origin: string;
}

function describe(batch: ServerBatch, { anthropic, origin }: Dialect): object {
  const { id, requests, results, metadata, createdAt, status, refusal } = batch;
  const total = requests.length;
  const succeeded = results.filter(({ reply }) => typeof reply === 'string').length;
  if (anthropic) {
    const processing = status === 'running' ? total : 0;
    return {
      id,
      type: 'message_batch',
      processing_status: status === 'running' ? 'in_progress' : 'ended',
      request_counts: {
        processing,
        succeeded,
        errored: total - processing - succeeded,
        canceled: 0,
        expired: 0,
      },
      created_at: new Date(createdAt).toISOString(),
      results_url: status === 'running' ? null : `${origin}/v1/messages/batches/${id}/results`,
    };
  }
  return {
    id,
    object: 'batch',
    endpoint: '/v1/chat/completions',
    completion_window: '24h',
    status: { running: 'in_progress', ended: 'completed', cancelled: 'cancelled', refused: 'failed' }[status],
    created_at: Math.floor(createdAt / 1000),
    metadata,
    request_counts: { total, completed: succeeded, failed: results.length - succeeded },
    ...(refusal === undefined ? {} : { errors: { data: [refusal] } }),
    ...(status === 'running' ? {} : { output_file_id: `${id}-output`, error_file_id: `${id}-errors` }),
  };
}

function resultLines(
  { results }: ServerBatch,
  { anthropic, repeatResults = false }: { readonly anthropic: boolean; readonly repeatResults?: boolean },
): string {
  const line = anthropic ? anthropicLine : openAiLine;
  const lines = results.map((result) => JSON.stringify(line(result)));
  return (repeatResults ? [...lines, ...lines] : lines).join('\n');
}

function openAiLine({ customId, reply }: BatchServerResult): object {
  const own = { id: `response-${customId}`, custom_id: customId };
  if (typeof reply === 'object') {
    if ('status' in reply)
      return {
        ...own,
        response: { status_code: reply.status, body: { error: { message: reply.message } } },
        error: null,
      };
    const { outcome } = reply;
    return {
      ...own,
      response: null,
      error: { code: `batch_${outcome}`, message: `This request is ${outcome}.` },
    };
  }
  const body = {
    model: 'batch-server',
    choices: [{ index: 0, message: { role: 'assistant', content: reply }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 10, completion_tokens: reply.length },
  };
  return { ...own, response: { status_code: 200, body }, error: null };
}

const errorTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  529: 'overloaded_error',
};

function anthropicLine({ customId, reply }: BatchServerResult): object {
  if (typeof reply === 'object') {
    if ('outcome' in reply)
      return {
        custom_id: customId,
        result: { type: reply.outcome === 'cancelled' ? 'canceled' : 'expired' },
      };
    const error = { type: errorTypes[reply.status] ?? 'api_error', message: reply.message };
    return { custom_id: customId, result: { type: 'errored', error: { type: 'error', error } } };
  }
  const message = {
    model: 'batch-server',
    content: [{ type: 'text', text: reply }],
    stop_reason: 'end_turn',
    usage: { input_tokens: 10, output_tokens: reply.length },
  };
  return { custom_id: customId, result: { type: 'succeeded', message } };
}
