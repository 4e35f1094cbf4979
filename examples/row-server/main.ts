/**
 * An app of one endpoint: `POST /rows` with seeds answers with JSON Lines, each row as soon as it was written and accepted.
 * README.md says what is to be seen here.
 */
import { BezoarError, describeError, parseOrThrow, seedSchema } from '@bezoar/core';
import { laMini } from '@bezoar/datagen';
import { rateAnswer } from '@bezoar/judge';
import {
  createOpenAiModel,
  createScheduler,
  openLedger,
  withLedger,
  withScheduler,
  type ChatModel,
  type PriceTable,
} from '@bezoar/llm';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';

export interface RowServerOptions {
  readonly teacher: ChatModel;
  readonly judge: ChatModel;
  /** Keeps the ledger: what was answered is never asked again. */
  readonly folder: string;
  /** US dollars for everybody together, earlier starts included. */
  readonly budget: number;
  /** Of models that the list does not know. */
  readonly prices?: PriceTable;
  /** A free one by default. */
  readonly port?: number;
}

export interface RowServer {
  readonly url: string;
  close(): Promise<void>;
}

const orderSchema = z.strictObject({
  seeds: z.array(seedSchema).min(1).max(1000),
  count: z.number().int().min(1).max(200),
  /** Another one gives other rows. */
  seed: z.number().int().default(0),
});
type Order = z.output<typeof orderSchema>;

const largestBody = 1 << 20;
const lowestRating = 6;

export async function startRowServer(options: RowServerOptions): Promise<RowServer> {
  mkdirSync(options.folder, { recursive: true });
  const ledger = openLedger({ path: join(options.folder, 'calls.sqlite') });
  const { cost, paidTwiceCost } = ledger.stats();
  const budget = options.budget - cost - paidTwiceCost;
  const scheduler = createScheduler({ budget: Math.max(0, budget), prices: options.prices });
  // A ledger's view for every order: who waits for another one's call makes it when that one hangs up.
  const open = (model: ChatModel, stage: string): ChatModel =>
    withLedger(withScheduler(model, scheduler), ledger, { stage });

  /** What one order is answered with. */
  async function* lines({ seeds, count, seed }: Order, signal: AbortSignal): AsyncGenerator<string> {
    const model = open(options.teacher, 'rows');
    const judge = open(options.judge, 'verdicts');
    const dropped: Record<string, number> = {};
    const drop = (reason: string, detail?: string): string => {
      dropped[reason] = (dropped[reason] ?? 0) + 1;
      return line({ type: 'dropped', reason, detail });
    };
    const told: string[] = [];
    let kept = 0;
    try {
      const rows = laMini({
        ...{ model, seeds, count, seed, signal },
        topicShare: 0,
        // A few at a time: the first row comes after two calls.
        instructionsPerPrompt: 4,
        onDropped: ({ reason, detail }) => told.push(drop(reason, detail)),
      });
      for await (const row of rows) {
        yield* told.splice(0);
        const verdict = await rateAnswer(judge, row, { signal });
        if (!verdict.ok) yield drop('unreadable-verdict', verdict.reason);
        else if (verdict.value.status === 'reject' || verdict.value.rating < lowestRating)
          yield drop('rejected-by-judge', verdict.value.reason);
        else {
          kept++;
          yield line({ type: 'row', row, rating: verdict.value.rating });
        }
      }
      yield* told;
      yield line({ type: 'end', kept, dropped, dollars: ledger.stats().cost });
    } catch (error) {
      yield line(problem(error));
    }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let order: Order;
    try {
      if (request.method !== 'POST' || request.url !== '/rows') {
        fail(response, 404, { error: 'NOT_FOUND', message: 'There is POST /rows.' });
        return;
      }
      order = parseOrThrow(orderSchema, await readJson(request), {
        what: 'The order',
        code: 'BAD_INPUT',
        advice: 'Send { "seeds": [{ "instruction": "…" }], "count": 20 }.',
      });
    } catch (error) {
      fail(response, 400, problem(error));
      return;
    }
    const hungUp = new AbortController();
    const { signal } = hungUp;
    response.once('close', () => hungUp.abort(new BezoarError('INTERRUPTED', 'The reader has hung up.')));
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    for await (const text of lines(order, signal)) {
      if (signal.aborted) break;
      // Who reads slowly is waited for: what nobody reads is not asked for.
      if (!response.write(text)) await once(response, 'drain', { signal }).catch(() => undefined);
    }
    response.end();
  }

  const running = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const answering = answer(request, response).finally(() => running.delete(answering));
    running.add(answering);
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await Promise.all(running);
      ledger.close();
    },
  };
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > largestBody) throw new BezoarError('BAD_INPUT', 'The order is larger than a megabyte.');
    chunks.push(chunk as Buffer);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (cause) {
    throw new BezoarError('BAD_INPUT', 'The order is no JSON.', { cause });
  }
}

/** What a reader is told of an error. Messages of this family hold no secrets; others stay here. */
function problem(error: unknown): Readonly<Record<string, unknown>> {
  if (BezoarError.isInstance(error))
    return { type: 'error', error: error.code, message: describeError(error) };
  console.error(error);
  return { type: 'error', error: 'INTERNAL', message: 'Something went wrong here.' };
}

function fail(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(line(body));
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

if (import.meta.main) {
  const apiKey = process.env['OPENAI_API_KEY'];
  const open = (model: string): ChatModel => createOpenAiModel({ model, apiKey });
  const { url } = await startRowServer({
    teacher: open('gpt-4o-mini'),
    judge: open('gpt-4o'),
    folder: 'runs/row-server',
    budget: 5,
    port: 8080,
  });
  console.log(`POST ${url}/rows`);
}
