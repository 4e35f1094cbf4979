import { BezoarError } from '@bezoar/core';
import { Redis } from 'ioredis';
import { createServer, type AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  openBullMqQueue,
  startCallWorker,
  type BullMqQueue,
  type BullMqQueueOptions,
  type CallWorker,
  type CallWorkerOptions,
} from '../bullmq.ts';
import { createScheduler, withQueue, withScheduler, type ChatModel, type ChatResponse } from '../index.ts';
import { hasRedisServer, startRedisServer, type RedisServer } from '../testing.ts';

const modelId = 'openai:far/away:model';
const ask = (content: string): Parameters<ChatModel['complete']>[0] => ({
  messages: [{ role: 'user', content }],
});
const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(5);
}

/** A model that notes what it is asked. */
function farModel(
  reply: (content: string) => string | Promise<string>,
): ChatModel & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    id: modelId,
    asked,
    async complete({ messages }): Promise<ChatResponse> {
      const { content } = messages[0]!;
      asked.push(content);
      const text = await reply(content);
      return {
        text,
        finishReason: 'stop',
        usage: { inputTokens: 2, outputTokens: 3 },
        model: 'far',
        cost: 0.5,
      };
    },
  };
}

describe.skipIf(!hasRedisServer())('calls over Redis (needs redis-server on PATH)', () => {
  let redis: RedisServer;
  let open: { close(): Promise<unknown> }[] = [];
  beforeEach(async () => {
    redis = await startRedisServer({ password: 'a/secret' });
  });
  afterEach(async () => {
    for (const each of open.reverse()) await each.close();
    open = [];
    await redis.close();
  });

  const address = (): string => redis.url.replace('a/secret', encodeURIComponent('a/secret'));
  async function queue(options: Partial<BullMqQueueOptions> = {}): Promise<BullMqQueue> {
    const opened = await openBullMqQueue({ connection: address(), ...options });
    open.push(opened);
    return opened;
  }
  async function serve(model: ChatModel, options: Partial<CallWorkerOptions> = {}): Promise<CallWorker> {
    const worker = await startCallWorker({
      connection: address(),
      models: [model],
      leaseMs: 1000,
      ...options,
    });
    open.push(worker);
    return worker;
  }

  it('answers each call once, whoever asks, and clears Redis away', async () => {
    const model = farModel((content) => content.toUpperCase());
    const [first, second] = [await queue(), await queue()];
    expect(await first.workers(modelId)).toBe(0);
    const asking = Array.from({ length: 200 }, (_, index) =>
      withQueue({ id: modelId }, index % 2 === 0 ? first : second).complete(ask(`call ${index % 50}`)),
    );
    const workers = [await serve(model), await serve(model)];
    expect(await first.workers(modelId)).toBe(2);
    const answers = await Promise.all(asking);
    expect(answers.map(({ text }) => text)).toEqual(
      Array.from({ length: 200 }, (_, index) => `CALL ${index % 50}`),
    );
    expect(answers[0]).toMatchObject({ model: 'far', cost: 0.5, usage: { inputTokens: 2, outputTokens: 3 } });
    expect(model.asked.sort()).toEqual(Array.from({ length: 50 }, (_, index) => `call ${index}`).sort());
    const states = workers.map((worker) => worker.state());
    expect(states[0]!.done + states[1]!.done).toBe(50);
    expect(states[0]).toMatchObject({ inFlight: 0, failed: 0, returned: 0, connected: true });
    expect(states[0]!.cost + states[1]!.cost).toBe(25);
    await first.close();
    await second.close();
    const late = await queue();
    const calls = model.asked.length;
    await withQueue({ id: modelId }, late).complete(ask('call 0'));
    expect(model.asked.length).toBe(calls + 1);
  });

  it('carries errors across as they are; only a provider that is away is tried again', async () => {
    const failures: Record<string, () => Error> = {
      auth: () =>
        new BezoarError('PROVIDER_AUTH', 'Wrong key.', {
          advice: 'Set it.',
          data: { status: 401, mayBeBilled: false },
        }),
      away: () => new BezoarError('PROVIDER_UNAVAILABLE', 'Away.', { data: { status: 503 } }),
      mistake: () => new TypeError('x is not a function'),
    };
    const model = farModel((content) => {
      const failure = failures[content];
      if (failure !== undefined) throw failure();
      return 'fine';
    });
    const worker = await serve(model);
    const far = withQueue({ id: modelId }, await queue({ attempts: 2 }));
    const [auth, away, mistake] = await Promise.all(
      ['auth', 'away', 'mistake'].map((name) => far.complete(ask(name)).catch((error: unknown) => error)),
    );
    expect(BezoarError.isInstance(auth)).toBe(true);
    expect(auth).toMatchObject({
      code: 'PROVIDER_AUTH',
      message: 'Wrong key.',
      advice: 'Set it.',
      data: { status: 401, mayBeBilled: false, worker: `${hostname()}:${process.pid}` },
    });
    expect(worker.state()).toMatchObject({ done: 0, failed: 4, lastFailure: 'Away.' });
    expect(away).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', message: 'Away.' });
    expect(mistake).toMatchObject({ message: 'x is not a function' });
    expect(model.asked.sort()).toEqual(['auth', 'away', 'away', 'mistake']);

    // What failed for good is tried again when somebody asks again.
    delete failures['auth'];
    expect((await far.complete(ask('auth'))).text).toBe('fine');
  });

  it('a stopped call is taken back if nobody has begun it; else its answer stays to be found', async () => {
    const gate = Promise.withResolvers<string>();
    const model = farModel(() => gate.promise);
    const first = await queue();
    const stop = new AbortController();
    const stopped = ['begun', 'waiting'].map((name) =>
      withQueue({ id: modelId }, first)
        .complete(ask(name), { signal: stop.signal })
        .catch((error: unknown) => error),
    );
    await serve(model, { concurrency: 1 });
    await until(() => model.asked.length === 1);
    stop.abort();
    for (const error of await Promise.all(stopped)) expect(error).toMatchObject({ code: 'INTERRUPTED' });
    await first.close();
    gate.resolve('late');

    const far = withQueue({ id: modelId }, await queue());
    expect(await far.complete(ask('other'))).not.toHaveProperty('takenOver');
    expect(model.asked).toHaveLength(2);
    expect(await far.complete(ask(model.asked[0]!))).toMatchObject({ text: 'late', takenOver: true });
    expect(model.asked).toHaveLength(2);
  });

  it('a long call stays with its worker', async () => {
    const model = farModel(async (content) => (await pause(3500), content));
    for (let index = 0; index < 2; index++) await serve(model, { leaseMs: 1000 });
    const far = withQueue({ id: modelId }, await queue());
    expect((await far.complete(ask('a novel'))).text).toBe('a novel');
    expect(model.asked).toEqual(['a novel']);
  });

  it('a call that killed worker after worker is given up', async () => {
    const model = farModel((content) => content);
    const far = withQueue({ id: modelId }, await queue());
    const failure = far.complete(ask('poison')).catch((error: unknown) => error);
    const client = new Redis(address());
    let job: string | undefined;
    while (job === undefined) [job] = await client.keys(`bull:*:${'?'.repeat(64)}`);
    // What BullMQ notes when a lease has run out too often.
    await client.hset(job, 'defa', 'job stalled more than allowable limit');
    await client.quit();
    await serve(model);
    expect(await failure).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', data: { mayBeBilled: true } });
    expect(model.asked).toEqual([]);
  });

  it('survives a Redis that forgets everything, and gives up on one that stays away', async () => {
    const gate = Promise.withResolvers<undefined>();
    const model = farModel(async (content) => (await gate.promise, content));
    const worker = await serve(model, { concurrency: 2 });
    const patient = withQueue({ id: modelId }, await queue());
    const asking = Promise.all(['a', 'b', 'c', 'd'].map((name) => patient.complete(ask(name))));
    await until(() => model.asked.length === 2);
    await redis.close();
    await until(() => !worker.state().connected);
    redis = await startRedisServer({ password: 'a/secret', port: redis.port });
    gate.resolve(undefined);
    expect((await asking).map(({ text }) => text)).toEqual(['a', 'b', 'c', 'd']);

    const hasty = withQueue({ id: modelId }, await queue({ maxOutageMs: 1000 }));
    await worker.close();
    const waiting = hasty.complete(ask('e')).catch((error: unknown) => error);
    await pause(200);
    await redis.close();
    expect(await waiting).toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      message: expect.stringMatching(`redis://127.0.0.1:${redis.port} does not answer: gone for`) as string,
    });
  });

  it('all workers of a model together keep to its requests per minute', async () => {
    const model = farModel((content) => content);
    for (let index = 0; index < 2; index++) await serve(model, { requestsPerMinute: 1200 });
    const far = withQueue({ id: modelId }, await queue());
    const start = performance.now();
    await Promise.all(Array.from({ length: 61 }, (_, index) => far.complete(ask(`${index}`))));
    const seconds = (performance.now() - start) / 1000;
    // 20 a second: the first at once, the last after three seconds.
    expect(seconds).toBeGreaterThan(1.9);
    expect(seconds).toBeLessThan(8);
    expect(model.asked).toHaveLength(61);
  });

  it('a worker without money gives its calls back and ends; one with money makes them', async () => {
    const model = farModel((content) => content);
    const prices = { [modelId]: { input: 1, output: 1 } };
    const purse = createScheduler({ budget: 0.000001, prices });
    const poor = await serve(withScheduler(model, purse), { concurrency: 4 });
    const far = withQueue({ id: modelId }, await queue());
    const asking = Promise.all(Array.from({ length: 20 }, (_, index) => far.complete(ask(`${index}`))));
    await expect(poor.ended).rejects.toMatchObject({ code: 'BUDGET_EXCEEDED' });
    await poor.close();
    expect(poor.state()).toMatchObject({ done: 0, failed: 0 });
    expect(poor.state().returned).toBeGreaterThan(0);
    const rich = await serve(withScheduler(model, createScheduler({ budget: 100, prices })));
    expect((await asking).map(({ text }) => text)).toEqual(
      Array.from({ length: 20 }, (_, index) => `${index}`),
    );
    expect(rich.state().done).toBe(20);
    await rich.close();
    await expect(rich.ended).resolves.toBeUndefined();
  });

  it('a worker whose provider is away stops taking calls, and takes them again when it is back', async () => {
    let back = false;
    const model = farModel((content) => {
      if (!back) throw new BezoarError('PROVIDER_UNAVAILABLE', 'Away.', { data: { mayBeBilled: false } });
      return content;
    });
    const scheduler = createScheduler({ maxRetries: 0, circuit: { failures: 2, probeAfterMs: 300 } });
    const worker = await serve(withScheduler(model, scheduler), { concurrency: 2 });
    const far = withQueue({ id: modelId }, await queue({ attempts: 6 }));
    const asking = Promise.all(Array.from({ length: 12 }, (_, index) => far.complete(ask(`${index}`))));
    await until(() => worker.state().returned > 0);
    back = true;
    expect((await asking).map(({ text }) => text)).toEqual(
      Array.from({ length: 12 }, (_, index) => `${index}`),
    );
    // The circuit let two calls fail before it opened; no other call lost one of its attempts.
    expect(worker.state().failed).toBeLessThanOrEqual(4);
  });
});

it('gives up on a server that accepts connections and says nothing', async () => {
  const sockets: { destroy(): void }[] = [];
  const server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const start = performance.now();
  await expect(openBullMqQueue({ connection: { port } })).rejects.toMatchObject({
    code: 'PROVIDER_UNAVAILABLE',
  });
  expect(performance.now() - start).toBeLessThan(8000);
  for (const socket of sockets) socket.destroy();
  server.close();
});
