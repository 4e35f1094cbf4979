import { BezoarError } from '@bezoar/core';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChatModel, ChatRequest } from '../chat-model.ts';
import { openLedger } from '../ledger/open-ledger.ts';
import { withLedger } from '../ledger/with-ledger.ts';
import { createBudget } from '../money/create-budget.ts';
import {
  startBatchServer,
  type BatchServer,
  type BatchServerOptions,
} from '../testing/start-batch-server.ts';
import { createAnthropicBatchApi } from './create-anthropic-batch-api.ts';
import { createBatchModel, type BatchModelOptions } from './create-batch-model.ts';
import { createOpenAiBatchApi } from './create-openai-batch-api.ts';
import { openBatchJournal, type BatchJournal } from './open-batch-journal.ts';

let folder: string;
let server: BatchServer | undefined;
let journal: BatchJournal | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bezoar-batch-'));
});
afterEach(async () => {
  journal?.close();
  journal = undefined;
  await server?.close();
  server = undefined;
  rmSync(folder, { recursive: true });
});

const providers = ['openai', 'anthropic'] as const;
type Provider = (typeof providers)[number];

const quick = { baseDelayMs: 2, maxRetries: 4 };

async function start(options: Partial<BatchServerOptions> = {}): Promise<BatchServer> {
  server = await startBatchServer({ reply: (question) => `re: ${question}`, ...options });
  return server;
}

/** As a new process would: everything is opened again. */
function open(provider: Provider, options: Partial<BatchModelOptions> = {}, limits = {}): ChatModel {
  journal?.close();
  journal = openBatchJournal({ path: join(folder, 'batches.sqlite') });
  const own = { model: 'm', limits, ...quick };
  const api =
    provider === 'openai'
      ? createOpenAiBatchApi({ ...own, apiKey: 'sk-secret-key', baseURL: server!.url })
      : createAnthropicBatchApi({ ...own, apiKey: 'sk-secret-key', baseURL: server!.origin });
  return createBatchModel({ api, journal, lingerMs: 5, pollMs: 5, settleMs: 0, ...quick, ...options });
}

const ask = (content: string, more: Partial<ChatRequest> = {}): ChatRequest => ({
  messages: [{ role: 'user', content }],
  maxTokens: 50,
  ...more,
});

const questions = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `question ${index}`);

const askAll = async (model: ChatModel, all: readonly string[]): Promise<string[]> =>
  (await Promise.all(all.map((question) => model.complete(ask(question))))).map(({ text }) => text);

describe.each(providers)('a batch model of %s', (provider) => {
  it('answers many calls with one batch, matched by custom id', async () => {
    const { batches } = await start({ polls: 3 });
    const all = questions(30);
    const answers = await askAll(open(provider), all);
    expect(answers).toEqual(all.map((question) => `re: ${question}`));
    expect(batches).toHaveLength(1);
    expect(batches[0]!.requests.every(({ customId }) => /^[0-9a-f]{64}$/.test(customId))).toBe(true);
  });

  it('cuts batches at the provider’s limits, of calls and of bytes', async () => {
    const { batches } = await start();
    await askAll(open(provider, {}, { requests: 4 }), questions(10));
    expect(batches.map(({ requests }) => requests.length)).toEqual([4, 4, 2]);
    await askAll(open(provider, {}, { bytes: 500 }), questions(20).slice(10));
    expect(batches.length).toBeGreaterThan(5);
  });

  it('is one call for equal requests, and more for sample indices', async () => {
    const { batches } = await start();
    const model = open(provider);
    const again = [ask('a'), ask('a'), ask('a', { sampleIndex: 1 })].map((request) =>
      model.complete(request),
    );
    await Promise.all(again);
    expect(batches[0]!.requests).toHaveLength(2);
  });

  it('puts what expired, is missing or failed by the provider’s fault into another batch', async () => {
    const { batches, answered } = await start({
      reply: (question, times) => {
        if (times > 0) return `late: ${question}`;
        if (question === 'question 1') return { outcome: 'expired' };
        if (question === 'question 2') return { outcome: 'missing' };
        if (question === 'question 3') return { status: 529, message: 'overloaded' };
        return `re: ${question}`;
      },
    });
    const answers = await askAll(open(provider), questions(5));
    expect(answers.map((answer) => answer.slice(0, 2))).toEqual(['re', 'la', 'la', 'la', 're']);
    expect(batches.map(({ requests }) => requests.length)).toEqual([5, 3]);
    expect([...answered.values()]).toEqual([1, 1, 1, 1, 1]);
  });

  it('gives a call up after so many batches, and says how to go on', async () => {
    const { batches } = await start({ reply: () => ({ outcome: 'expired' }) });
    const call = open(provider, { maxAttempts: 2 }).complete(ask('never'));
    await expect(call).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      message: expect.stringContaining('in 2 batches') as string,
    });
    expect(batches).toHaveLength(2);
  });

  it('rejects the one call that is wrong, and no other', async () => {
    await start({
      reply: (question) =>
        question === 'bad' ? { status: 400, message: 'no such thing, sk-secret-key' } : `re: ${question}`,
    });
    const model = open(provider);
    const [bad, good] = await Promise.allSettled([model.complete(ask('bad')), model.complete(ask('good'))]);
    expect(good).toMatchObject({ status: 'fulfilled', value: { text: 're: good' } });
    const reason = (bad as PromiseRejectedResult).reason as BezoarError;
    expect(reason).toMatchObject({ code: 'PROVIDER_REJECTED' });
    expect(reason.message).toContain('no such thing, [key]');
  });

  it('asks again without the schema that the server refuses', async () => {
    const { batches } = await start({
      reply: (_, times) =>
        times === 0 ? { status: 400, message: 'this tool schema is too long' } : '{"a":1}',
    });
    const request = ask('json', { responseSchema: { type: 'object' } });
    expect(await open(provider).complete(request)).toMatchObject({ text: '{"a":1}' });
    expect(batches).toHaveLength(2);
  });

  it('reads the results again when the download breaks off, and counts repeated ones once', async () => {
    let cuts = 0;
    const { answered } = await start({
      repeatResults: true,
      fault: ({ path }) => (/results|content/.test(path) && cuts++ < 2 ? 'cut-answer' : undefined),
    });
    const answers = await askAll(open(provider), questions(40));
    expect(cuts).toBeGreaterThan(1);
    expect(answers).toEqual(questions(40).map((question) => `re: ${question}`));
    expect([...answered.values()].every((times) => times === 1)).toBe(true);
  });

  it('does not make a batch twice when nobody heard that it was made', async () => {
    let lost = 0;
    const { batches } = await start({
      polls: 3,
      fault: ({ method, path }) =>
        method === 'POST' && path.endsWith('/batches') && lost++ === 0 ? 'lose-answer' : undefined,
    });
    await askAll(open(provider), questions(6));
    expect(batches).toHaveLength(1);
  });

  it('makes it again when it was not made', async () => {
    let refused = 0;
    const { batches } = await start({
      fault: ({ method, path }) =>
        method === 'POST' && path.endsWith('/batches') && refused++ < 2
          ? { status: 500, body: { error: { message: 'oops' } } }
          : undefined,
    });
    await askAll(open(provider), questions(6));
    expect(refused).toBe(3);
    expect(batches).toHaveLength(1);
  });

  it('goes on after an interruption with the batch that is under way, and keeps what was answered', async () => {
    const { batches, requests } = await start({ polls: 10_000 });
    const stop = new AbortController();
    const call = open(provider).complete(ask('slow'), { signal: stop.signal });
    await expect.poll(() => batches[0]?.polls).toBeGreaterThan(1);
    stop.abort();
    await expect(call).rejects.toMatchObject({ code: 'INTERRUPTED' });
    const quiet = requests.length;
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(requests.length).toBeLessThan(quiet + 3);

    batches[0]!.polls = 10_000;
    const answer = await open(provider).complete(ask('slow'));
    expect(answer).toMatchObject({ text: 're: slow', takenOver: true });
    const before = requests.length;
    expect(await open(provider).complete(ask('slow'))).toMatchObject({ text: 're: slow' });
    expect([batches.length, requests.length]).toEqual([1, before]);
  });

  it('takes up the batch of a process that died before it could write down its name', async () => {
    let dying = true;
    const { batches } = await start({
      // The batch is made, and this process never hears of it.
      fault: ({ method, path }) => {
        if (!dying || !path.includes('/batches')) return undefined;
        return method === 'POST' ? 'lose-answer' : 'hang-up';
      },
    });
    const first = askAll(open(provider, { maxRetries: 0 }), questions(3));
    await expect(first).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    dying = false;
    const model = open(provider);
    expect(await model.complete(ask('question 1'))).toMatchObject({
      text: 're: question 1',
      takenOver: true,
    });
    expect(await askAll(model, questions(3))).toEqual(questions(3).map((question) => `re: ${question}`));
    expect(batches).toHaveLength(1);
  });

  it('tells two lost batches of one size apart, though only one of them was made', async () => {
    let made = 0;
    let dying = true;
    const { batches, requests, answered } = await start({
      polls: 10_000,
      fault: ({ method, path }) => {
        if (!dying || !path.includes('/batches')) return undefined;
        // The first one never arrives, the second one does; this process hears of neither.
        return method === 'POST' && made++ > 0 ? 'lose-answer' : 'hang-up';
      },
    });
    const all = questions(4);
    const first = askAll(open(provider, { maxRetries: 0 }, { requests: 2 }), all);
    await expect(first).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    await expect.poll(() => batches.length).toBe(1);
    dying = false;
    const running = batches[0]!;
    const there = running.requests.map(({ question }) => question);
    // Who asks for the batch that is not there finds one of the same size, which is not to be taken away from the other.
    let unclear = 0;
    const model = open(provider, { onUnclear: () => unclear++ }, { requests: 2 });
    const later = all.filter((question) => !there.includes(question));
    const absent = askAll(model, later);
    await expect.poll(() => running.polls + batches.length).toBeGreaterThan(2);
    const present = askAll(model, there);
    const count = requests.length;
    await expect.poll(() => requests.length).toBeGreaterThan(count + 2);
    const ending = setInterval(() => batches.forEach((batch) => (batch.polls = 10_000)), 5);
    expect(await present).toEqual(there.map((question) => `re: ${question}`));
    expect(await absent).toEqual(later.map((question) => `re: ${question}`));
    clearInterval(ending);
    expect(unclear).toBe(provider === 'openai' ? 0 : 2);
    expect([...answered.values()]).toEqual([1, 1, 1, 1]);
    expect(batches).toHaveLength(2);
  });

  it('stops looking for a lost batch when nobody waits for it any more', async () => {
    let dying = true;
    const { batches, requests } = await start({
      polls: 10_000,
      fault: ({ method, path }) =>
        dying && path.includes('/batches') ? (method === 'POST' ? 'lose-answer' : 'hang-up') : undefined,
    });
    const first = askAll(open(provider, { maxRetries: 0 }), questions(2));
    await expect(first).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    dying = false;
    const stop = new AbortController();
    const model = open(provider);
    const calls = questions(2).map((question) => model.complete(ask(question), { signal: stop.signal }));
    await expect.poll(() => batches[0]!.polls).toBeGreaterThan(2);
    stop.abort();
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'INTERRUPTED' });
    const quiet = requests.length;
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(requests.length).toBeLessThan(quiet + 3);
    expect(batches).toHaveLength(1);
  });

  it('stops at a wrong key', async () => {
    await start({ fault: () => ({ status: 401, body: { error: { message: 'bad key sk-secret-key' } } }) });
    const error: unknown = await open(provider)
      .complete(ask('a'))
      .catch((each: unknown) => each);
    expect(error).toMatchObject({ code: 'PROVIDER_AUTH' });
    expect(JSON.stringify(error) + String(error)).not.toContain('sk-secret-key');
  });

  it('says that the batch was cancelled, and sends its calls again when asked to', async () => {
    const running = await start({ polls: 10_000 });
    const { batches } = running;
    const call = open(provider).complete(ask('a'));
    await expect.poll(() => batches.length).toBe(1);
    running.cancel(batches[0]!);
    await expect(call).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      message: expect.stringContaining('was cancelled') as string,
    });
    const second = open(provider).complete(ask('a'));
    await expect.poll(() => batches.length).toBe(2);
    batches[1]!.polls = 10_000;
    expect(await second).toMatchObject({ text: 're: a' });
  });

  it('holds the budget at half the price, and hands the purse back to the ledger', async () => {
    await start();
    const prices = { m: { input: 1000, output: 1000 } };
    // 10 tokens in and `re: a` out, at half price.
    const cost = ((10 + 5) / 1e6) * 1000 * 0.5;
    const budget = createBudget({ limit: 0.2 });
    const ledger = openLedger({ path: join(folder, 'ledger.sqlite') });
    const model = withLedger(open(provider, { budget, prices }), ledger, { stage: 's' });
    expect(await model.complete(ask('a'))).toMatchObject({ cost: expect.closeTo(cost, 12) as number });
    expect(ledger.stats('s').cost).toBeCloseTo(cost, 12);
    expect(budget.state()).toMatchObject({ spent: expect.closeTo(cost, 9) as number, reserved: 0 });
    // The worst case of one is 0.06, so three fit at a time, and the rest waits for what they leave.
    expect(
      (await Promise.all(['b', 'c', 'd', 'e', 'f'].map((each) => model.complete(ask(each))))).length,
    ).toBe(5);
    await expect(model.complete(ask('g', { maxTokens: 1000 }))).rejects.toMatchObject({
      code: 'BUDGET_EXCEEDED',
    });
    expect(() => open(provider, { budget: 1, prices: {} })).toThrow(/no price for/);
    ledger.close();
  });
});

describe('createOpenAiBatchApi', () => {
  it('sends a file once, though the process died before its batch was made, unless the provider has lost it', async () => {
    let dying = true;
    const running = await start({
      fault: ({ path }) => (dying && path.includes('/batches') ? 'hang-up' : undefined),
    });
    const uploads = (): number => running.requests.filter(({ path }) => path.endsWith('/files')).length;
    const die = async (all: readonly string[]): Promise<void> => {
      dying = true;
      const first = askAll(open('openai', { maxRetries: 0 }), all);
      await expect(first).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
      dying = false;
    };
    await die(questions(3));
    expect(await askAll(open('openai'), questions(3))).toHaveLength(3);
    expect([uploads(), running.batches.length]).toEqual([1, 1]);

    const others = questions(6).slice(3);
    await die(others);
    running.deleteFiles();
    expect(await askAll(open('openai'), others)).toHaveLength(3);
    expect([uploads(), running.batches.length]).toEqual([3, 2]);
  });

  it('makes smaller batches when too many tokens wait at the provider', async () => {
    const { batches } = await start({
      refuse: ({ requests }) =>
        requests.length > 5
          ? { code: 'token_limit_exceeded', message: 'Enqueued token limit reached.' }
          : undefined,
    });
    expect(await askAll(open('openai'), questions(8))).toHaveLength(8);
    expect(batches.map(({ requests }) => requests.length)).toEqual([8, 4, 4]);
  });

  it('tells why a whole batch was refused', async () => {
    await start({ refuse: () => ({ code: 'model_not_found', message: 'There is no such model.' }) });
    const call = open('openai').complete(ask('a'));
    await expect(call).rejects.toMatchObject({
      code: 'PROVIDER_REJECTED',
      message: expect.stringContaining('no such model') as string,
    });
  });
});
