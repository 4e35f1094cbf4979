import { createOpenAiModel, type ChatModel } from '@bezoar/llm';
import { startChatServer, type ChatServer, type ReceivedRequest } from '@bezoar/llm/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startRowServer, type RowServer } from './main.ts';

interface Line {
  readonly type: string;
  readonly row?: { readonly instruction: string };
  readonly [key: string]: unknown;
}

const order = { seeds: [{ instruction: 'Name a bird.' }, { instruction: 'Where do owls live?' }], count: 6 };
const birds = ['robin', 'heron', 'kite', 'swift', 'crane', 'plover', 'wren', 'gull'];
const prices = { 'demo-*': { input: 1, output: 1 } };

let folder: string;
let provider: ChatServer;
let app: RowServer;
/** Called before a reply; may wait. */
let beforeReply: (request: ReceivedRequest) => Promise<void> | void;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bezoar-rows-'));
  beforeReply = () => undefined;
  provider = await startChatServer({
    async reply(request) {
      await beforeReply(request);
      return reply(request);
    },
  });
  app = await start(5);
});

afterEach(async () => {
  await app.close();
  await provider.close();
  rmSync(folder, { recursive: true });
});

function start(budget: number): Promise<RowServer> {
  const open = (model: string): ChatModel => createOpenAiModel({ model, baseURL: provider.url });
  return startRowServer({ teacher: open('demo-teacher'), judge: open('demo-judge'), folder, budget, prices });
}

/** Writes four questions at a time, the last of them again and again; the judge wants no kites. */
function reply({ body, messages }: ReceivedRequest): string {
  const text = messages.at(-1)!.content;
  if (body['model'] === 'demo-judge') {
    const bad = text.includes('kite');
    return JSON.stringify({ status: bad ? 'reject' : 'accept', rating: bad ? 2 : 9, reason: 'I looked.' });
  }
  if (!text.includes('<example>')) return `An answer to this: ${text}`;
  const first = Number(body['seed']) * 3;
  const asked = [0, 1, 2].map(
    (place) => `Tell me of ${birds[(first + place) % birds.length]!} number ${first + place}.`,
  );
  return [...asked, 'Name a bird.'].map((each) => `<example>${each}</example>`).join('\n');
}

function post(body: unknown, signal?: AbortSignal): Promise<Response> {
  return fetch(`${app.url}/rows`, { method: 'POST', body: JSON.stringify(body), signal: signal ?? null });
}

async function* linesOf(response: Response): AsyncGenerator<Line> {
  let rest = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop()!;
    for (const part of parts) yield JSON.parse(part) as Line;
  }
}

async function all(response: Response): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const each of linesOf(response)) lines.push(each);
  return lines;
}

describe('POST /rows', () => {
  it('answers with rows, with what was dropped, and with the sum', async () => {
    const response = await post(order);
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = await all(response);
    const rows = lines.filter(({ type }) => type === 'row');
    const last = lines.at(-1)!;
    expect(last).toMatchObject({ type: 'end', kept: rows.length });
    expect(last['dropped']).toMatchObject({ 'rejected-by-judge': 1 });
    expect(rows.length + 1).toBe(order.count);
    expect(rows.every(({ row }) => !row!.instruction.includes('kite'))).toBe(true);
    expect(last['dollars']).toBeGreaterThan(0);
  });

  it('hands a row on before the last call was made', async () => {
    const released = Promise.withResolvers<undefined>();
    let held = 0;
    beforeReply = ({ index }) => {
      if (index < 12) return undefined;
      held++;
      return released.promise;
    };
    const reading = linesOf(await post({ ...order, count: 12 }));
    const first = await reading.next();
    expect(first.value).toMatchObject({ type: expect.stringMatching(/row|dropped/) as string });
    released.resolve(undefined);
    let last: Line | undefined;
    for await (const each of reading) last = each;
    expect(last).toMatchObject({ type: 'end' });
    expect(held).toBeGreaterThan(0);
  });

  it('pays nothing for the same order again, not even after a restart', async () => {
    const before = await all(await post(order));
    const calls = provider.requests.length;
    await app.close();
    app = await start(5);
    expect(await all(await post(order))).toEqual(before);
    expect(provider.requests).toHaveLength(calls);
  });

  it('breaks its calls off when the reader hangs up, and goes on from there', async () => {
    // Eight prompts, and some of the answers.
    const answered = 14;
    // A teacher that falls asleep: whoever asks for the same is in line behind a call that never ends, unless that was broken off.
    beforeReply = ({ index }) => (index < answered ? undefined : new Promise(() => undefined));
    const reader = new AbortController();
    await linesOf(await post({ ...order, count: 30 }, reader.signal)).next();
    reader.abort();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const calls = provider.requests.length;
    expect(calls).toBeLessThanOrEqual(answered + 9);

    beforeReply = () => undefined;
    const lines = await all(await post({ ...order, count: 30 }));
    expect(lines.at(-1)).toMatchObject({ type: 'end' });
    const texts = provider.requests.map(({ body }) => JSON.stringify(body));
    expect(texts.length).toBeGreaterThan(calls);
    // What was answered is not asked again.
    expect(texts.length - new Set(texts).size).toBeLessThanOrEqual(calls - answered);
  });

  it('ends with a line that says so when the money is spent', async () => {
    await app.close();
    app = await start(0.006);
    const lines = await all(await post(order));
    expect(lines.at(-1)).toMatchObject({ type: 'error', error: 'BUDGET_EXCEEDED' });
    expect(String(lines.at(-1)!['message'])).toMatch(/larger budget/);
  });

  it.each([
    [{ ...order, count: 0 }, /count/],
    [{ ...order, seeds: [] }, /seeds/],
    [{ ...order, model: 'mine' }, /model/],
    [{ ...order, seeds: [{ text: 'x' }] }, /instruction/],
    ['x'.repeat(2 << 20), /megabyte/],
  ])('refuses a bad order before any call: %#', async (body, message) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    const told = (await response.json()) as Line;
    expect(told).toMatchObject({ error: 'BAD_INPUT', message: expect.stringMatching(message) as string });
    expect(provider.requests).toHaveLength(0);
  });

  it('knows no other place', async () => {
    expect((await fetch(`${app.url}/row`)).status).toBe(404);
  });
});
