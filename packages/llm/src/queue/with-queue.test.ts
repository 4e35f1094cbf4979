import { spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { temporaryFile } from '../__fixtures__/temporary-file.ts';
import { openBullMqQueue, startCallWorker } from '../bullmq.ts';
import {
  callKey,
  createScheduler,
  createScriptedModel,
  openLedger,
  withLedger,
  withQueue,
  withScheduler,
  type CallQueue,
  type ChatModel,
  type QueuedCall,
} from '../index.ts';

const request = { messages: [{ role: 'user', content: 'x' }], temperature: 0.5 } as const;

/** A queue whose calls one model makes at once. */
function serveHere(model: ChatModel): { readonly queue: CallQueue; readonly calls: QueuedCall[] } {
  const calls: QueuedCall[] = [];
  return {
    calls,
    queue: {
      enqueue(call, options) {
        calls.push(call);
        return model.complete(call.request, options);
      },
      close: () => Promise.resolve(),
    },
  };
}

describe('withQueue', () => {
  it('names a call as the ledger does, and hands the signal on', async () => {
    const { queue, calls } = serveHere(createScriptedModel({ name: 'far', reply: () => 'answer' }));
    const model = withQueue({ id: 'openai:far' }, queue);
    expect(await model.complete(request)).toMatchObject({ text: 'answer' });
    const key = callKey({ model: 'openai:far', request, promptVersion: '' });
    expect(calls).toEqual([{ key, modelId: 'openai:far', request }]);
    await expect(model.complete(request, { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow(
      'stop',
    );
  });

  it('the costs that a worker knows reach the budget and the ledger, over any price known here', async () => {
    const far: ChatModel = {
      id: 'openai:far',
      complete: () =>
        Promise.resolve({
          text: 'answer',
          finishReason: 'stop',
          usage: { inputTokens: 10, outputTokens: 10 },
          model: 'far',
          cost: 0.25,
          takenOver: true,
          begunAgain: 2,
        }),
    };
    const scheduler = createScheduler({ budget: 1, prices: { far: { input: 1, output: 1 } } });
    const ledger = openLedger({ path: temporaryFile('calls.sqlite') });
    const model = withLedger(withScheduler(withQueue(far, serveHere(far).queue), scheduler), ledger);
    expect(await model.complete(request)).toEqual({
      text: 'answer',
      finishReason: 'stop',
      usage: { inputTokens: 10, outputTokens: 10 },
      model: 'far',
      cost: 0.25,
    });
    // Two workers had died over it.
    expect(ledger.stats()).toMatchObject({ calls: 1, cost: 0.25, paidTwice: 2, paidTwiceCost: 0.5 });
    expect(scheduler.state().budget.spent).toBe(0.25);
    ledger.close();
  });
});

describe('without Redis', () => {
  const model = createScriptedModel({ name: 'x', reply: () => 'x' });

  it('says at once where nobody listens, and keeps the password', async () => {
    const port = await closedPort();
    const connection = `redis://me:secret@127.0.0.1:${port}`;
    for (const open of [
      () => openBullMqQueue({ connection }),
      () => startCallWorker({ connection, models: [model] }),
    ]) {
      const failure = await open().catch((error: unknown) => error);
      expect(failure).toMatchObject({
        code: 'PROVIDER_UNAVAILABLE',
        data: { redis: `redis://127.0.0.1:${port}` },
      });
      expect((failure as Error).message).toMatch(
        new RegExp(`redis://127.0.0.1:${port} does not answer: .*ECONNREFUSED`),
      );
      expect(JSON.stringify([failure, (failure as Error).message])).not.toContain('secret');
    }
  });

  it('a worker needs models, each once', async () => {
    const connection = { port: 1 };
    await expect(startCallWorker({ connection, models: [] })).rejects.toMatchObject({ code: 'BAD_CONFIG' });
    await expect(startCallWorker({ connection, models: [model, model] })).rejects.toMatchObject({
      code: 'BAD_CONFIG',
      message: 'The worker was given scripted:x twice.',
    });
  });

  it.each(['bullmq', 'ioredis'])('without the package %s it says what to install', (name) => {
    const hook = `import { registerHooks } from 'node:module';
      registerHooks({ resolve(specifier, context, next) {
        if (specifier === '${name}') throw new Error('not found');
        return next(specifier, context);
      } });`;
    const program = `const { openBullMqQueue } = await import(${JSON.stringify(new URL('../bullmq.ts', import.meta.url).href)});
      await openBullMqQueue({ connection: 'redis://127.0.0.1:1' }).catch(({ code, advice }) => console.log(code, advice));`;
    const { stdout } = spawnSync(
      process.execPath,
      [
        '--conditions=@bezoar/source',
        `--import=data:text/javascript,${encodeURIComponent(hook)}`,
        '--input-type=module',
        '-e',
        program,
      ],
      { encoding: 'utf8' },
    );
    expect(stdout).toBe(`MISSING_DEPENDENCY Install it: npm install ${name}\n`);
  });
});

function closedPort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
