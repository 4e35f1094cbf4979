import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { temporaryFile } from '../__fixtures__/temporary-file.ts';
import { createOpenAiModel } from '../providers/create-openai-model.ts';
import { createScriptedModel } from '../providers/create-scripted-model.ts';
import { startChatServer, type ServerReply } from '../testing.ts';
import { openLedger } from './open-ledger.ts';
import { withLedger } from './with-ledger.ts';

const temporary = (): string => temporaryFile('calls.sqlite');
const ask = (
  content: string,
  sampleIndex = 0,
): { messages: { role: 'user'; content: string }[]; sampleIndex: number } => ({
  messages: [{ role: 'user', content }],
  sampleIndex,
});

describe('withLedger', () => {
  it('makes every call once, over several openings of the file', async () => {
    const path = temporary();
    let calls = 0;
    const model = createScriptedModel({
      name: 'counter',
      reply: ({ messages }) => `${messages[0]!.content} ${++calls}`,
    });
    for (const cached of [undefined, true]) {
      const ledger = openLedger({ path });
      const recorded = withLedger(model, ledger, { stage: 'test' });
      const response = await recorded.complete(ask('a'));
      expect(response).toMatchObject({ text: 'a 1' });
      expect(response.cached).toBe(cached);
      ledger.close();
    }
    const ledger = openLedger({ path });
    const recorded = withLedger(model, ledger, { stage: 'other' });
    expect((await recorded.complete(ask('a', 1))).text).toBe('a 2');
    const both = await Promise.all([recorded.complete(ask('b')), recorded.complete(ask('b'))]);
    expect(both.map(({ text }) => text)).toEqual(['b 3', 'b 3']);
    expect(ledger.stats()).toMatchObject({
      calls: 3,
      failed: 0,
      inputTokens: 3,
      outputTokens: 6,
      paidTwice: 0,
    });
    expect(ledger.stats('test').calls).toBe(1);
    ledger.close();
  });

  it('tries a failed call again', async () => {
    const ledger = openLedger({ path: temporary() });
    let fail = true;
    const model = withLedger(
      createScriptedModel({
        name: 'moody',
        reply: () => {
          if (fail) throw new Error('no');
          return 'yes';
        },
      }),
      ledger,
    );
    await expect(model.complete(ask('a'))).rejects.toThrow('no');
    expect(ledger.stats().failed).toBe(1);
    fail = false;
    expect((await model.complete(ask('a'))).text).toBe('yes');
    ledger.close();
  });

  it('counts a call that was interrupted on its way, and none that was rejected or never sent', async () => {
    const controller = new AbortController();
    const replies: (() => ServerReply | Promise<ServerReply>)[] = [
      () => {
        controller.abort();
        return new Promise(() => undefined);
      },
      () => ({ status: 400, body: { error: { message: 'No.' } } }),
      () => 'yes',
    ];
    const server = await startChatServer({ reply: () => replies.shift()!() });
    const ledger = openLedger({ path: temporary() });
    const model = withLedger(createOpenAiModel({ model: 'm', baseURL: server.url }), ledger);
    await expect(model.complete(ask('a'), controller)).rejects.toMatchObject({ code: 'INTERRUPTED' });
    await expect(model.complete(ask('b'), controller)).rejects.toThrow();
    await expect(model.complete(ask('a'))).rejects.toMatchObject({ code: 'PROVIDER_REJECTED' });
    expect(ledger.stats()).toMatchObject({ calls: 1, failed: 1, paidTwice: 1 });
    expect((await model.complete(ask('a'))).text).toBe('yes');
    expect(ledger.stats()).toMatchObject({ calls: 1, failed: 0, paidTwice: 1 });
    ledger.close();
    await server.close();
  });

  it('refuses a file that is no ledger', () => {
    const path = temporary();
    writeFileSync(path, 'this is not a database, and it is long enough to be looked at as one '.repeat(20));
    expect(() => openLedger({ path })).toThrow(expect.objectContaining({ code: 'BAD_FILE' }) as Error);
  });

  it('loses nothing but the calls in flight to kill -9, and two processes share one ledger', async () => {
    const path = temporary();
    const server = await startChatServer({
      reply: async ({ messages }) => {
        await new Promise((resolve) => setTimeout(resolve, 30));
        return `answer to ${messages[0]!.content}`;
      },
    });
    const run = (): ReturnType<typeof spawn> =>
      spawn(
        process.execPath,
        ['--conditions=@bezoar/source', '--input-type=module', '-e', program, path, server.url],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
    const killed = run();
    await new Promise((resolve) => killed.stdout!.once('data', resolve));
    while (server.requests.length < 12) await new Promise((resolve) => setTimeout(resolve, 5));
    killed.kill('SIGKILL');
    await new Promise((resolve) => killed.once('exit', resolve));
    const ledger = openLedger({ path });
    const saved = ledger.stats().calls;
    ledger.close();
    expect(saved).toBeGreaterThan(5);

    const outputs = await Promise.all([run(), run()].map(output));
    for (const text of outputs)
      expect(JSON.parse(text)).toEqual(Array.from({ length: 40 }, (_, i) => `answer to question ${i}`));
    // Of the killed process' calls, at most its four in flight are made again; the two others never make one twice.
    const counts = new Map<string, number>();
    for (const { messages } of server.requests)
      counts.set(messages[0]!.content, (counts.get(messages[0]!.content) ?? 0) + 1);
    expect([...counts.values()].filter((count) => count > 1).length).toBeLessThanOrEqual(4);
    expect(counts.size).toBe(40);
    await server.close();
  });
});

const index = JSON.stringify(new URL('../index.ts', import.meta.url).href);
const program = `
  const { createOpenAiModel, mapConcurrent, openLedger, withLedger } = await import(${index});
  const [path, baseURL] = process.argv.slice(1);
  const ledger = openLedger({ path });
  const model = withLedger(createOpenAiModel({ model: 'm', baseURL }), ledger, { pollMs: 10 });
  const questions = Array.from({ length: 40 }, (_, i) => 'question ' + i);
  const answers = [];
  let first = true;
  for await (const { text } of mapConcurrent(questions, (content) => model.complete({ messages: [{ role: 'user', content }] }), { concurrency: 4 })) {
    answers.push(text);
    if (first) process.stdout.write('\\n');
    first = false;
  }
  console.log(JSON.stringify(answers));
`;

async function output(child: ReturnType<typeof spawn>): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout!) text += String(chunk);
  return text;
}

describe('openLedger', () => {
  it('takes a file of the first version along, and refuses one of a later version', () => {
    const path = temporary();
    const old = new DatabaseSync(path);
    old.exec(`CREATE TABLE calls (
      key TEXT PRIMARY KEY, model TEXT NOT NULL, stage TEXT NOT NULL, request TEXT NOT NULL, state TEXT NOT NULL,
      leased_by INTEGER, leased_at INTEGER, response TEXT, reason TEXT, input_tokens INTEGER, output_tokens INTEGER,
      finished_at INTEGER) STRICT; PRAGMA user_version = 1`);
    const response = {
      text: 'red',
      finishReason: 'stop',
      usage: { inputTokens: 3, outputTokens: 1 },
      model: 'm',
    };
    old
      .prepare(
        `INSERT INTO calls (key, model, stage, request, state, response, input_tokens, output_tokens)
         VALUES ('k', 'm', 's', '{}', 'done', ?, 3, 1)`,
      )
      .run(JSON.stringify(response));
    old.close();

    const ledger = openLedger({ path });
    expect(ledger.find('k')).toEqual({ ...response, cached: true });
    expect(ledger.stats('s')).toEqual({
      ...{ calls: 1, failed: 0, inputTokens: 3, outputTokens: 1 },
      ...{ cost: 0, unpriced: 1, paidTwice: 0, paidTwiceCost: 0 },
    });
    ledger.close();

    const later = new DatabaseSync(path);
    later.exec('PRAGMA user_version = 99');
    later.close();
    expect(() => openLedger({ path })).toThrow(/version 99/);
  });

  it('keeps costs, counts what was begun twice, and leaves the provider’s limits out', async () => {
    const path = temporary();
    const about = { model: 'm', stage: 's', request: '{}' };
    const usage = { inputTokens: 5, outputTokens: 7 };
    const response = { text: 'red', finishReason: 'stop', usage, model: 'm', cost: 0.25 } as const;
    const first = openLedger({ path });
    expect(first.claim('a', about)).toEqual({ kind: 'leased' });
    expect(first.claim('a', about)).toEqual({ kind: 'busy' });
    first.claim('b', about);
    first.complete('b', { ...response, rateLimit: { requests: { limit: 1 } } });
    await first.committed();
    first.close();

    // The process is another one now, or so it seems: the lease of `a` is nobody's.
    const second = openLedger({ path });
    expect(second.claim('a', about)).toEqual({ kind: 'leased' });
    second.complete('a', response);
    expect(second.find('b')).toEqual({ ...response, cached: true });
    expect(second.stats('s')).toEqual({
      ...{ calls: 2, failed: 0, inputTokens: 10, outputTokens: 14 },
      ...{ cost: 0.5, unpriced: 0, paidTwice: 1, paidTwiceCost: 0.25 },
    });
    second.close();
  });
});
