import { createRng } from '@bezoar/core';
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { temporaryFile } from './__fixtures__/temporary-file.ts';
import {
  completeJson,
  costOf,
  createOpenAiModel,
  createScheduler,
  mapConcurrent,
  openLedger,
  withLedger,
  withScheduler,
  type Ledger,
  type Scheduler,
  type SchedulerOptions,
} from './index.ts';
import { faultKinds, startFaultServer, type FaultServer, type FaultServerOptions } from './testing.ts';

const price = { input: 1.5, output: 6 };
const rowSchema = z.object({ question: z.string(), answer: z.string() });
type Row = z.infer<typeof rowSchema>;
const questionOf = (index: number): string =>
  `Question ${index}: ${'what about it? '.repeat(1 + (index % 7))}`;
const rowOf = (question: string): Row => ({
  question,
  answer: `An answer of ${question.length} characters.`,
});
const expectedRows = (count: number): Row[] =>
  Array.from({ length: count }, (_, index) => rowOf(questionOf(index)));

let open: FaultServer | undefined;
afterEach(() => open?.close());

async function serve(options: Omit<FaultServerOptions, 'reply'>): Promise<FaultServer> {
  await open?.close();
  open = await startFaultServer({ reply: (question) => JSON.stringify(rowOf(question)), ...options });
  return open;
}

interface Run {
  readonly ledger: Ledger;
  readonly scheduler: Scheduler;
  /** A row for every question; a refusal is asked again as the next sample. */
  readonly rows: (count: number, concurrency?: number) => Promise<Row[]>;
}

function start(server: FaultServer, path: string, options: SchedulerOptions = {}): Run {
  const ledger = openLedger({ path });
  const scheduler = createScheduler({ prices: { teacher: price }, baseDelayMs: 5, seed: 1, ...options });
  const client = createOpenAiModel({ model: 'teacher', baseURL: server.url });
  const model = withLedger(withScheduler(client, scheduler), ledger, { pollMs: 5 });
  const generate = async (index: number): Promise<Row> => {
    const messages = [{ role: 'user' as const, content: questionOf(index) }];
    for (let sampleIndex = 0; ; sampleIndex++) {
      const request = { messages, maxTokens: 60, sampleIndex };
      const reply = await completeJson(model, request, { schema: rowSchema, repairTurns: 3 });
      if (reply.ok) return reply.value;
      expect(reply.code).toBe('refused');
    }
  };
  return {
    ledger,
    scheduler,
    async rows(count, concurrency = 64) {
      const rows: Row[] = [];
      const numbers = Array.from({ length: count }, (_, index) => index);
      for await (const row of mapConcurrent(numbers, generate, { concurrency })) rows.push(row);
      return rows;
    },
  };
}

describe('generation against a server that fails', () => {
  it('ends 10,000 generations at 5 % faults with every row once, and every token and cent accounted for', async () => {
    const server = await serve({ rate: 0.05, seed: 'ten thousand' });
    const { ledger, scheduler, rows } = start(server, temporaryFile('calls.sqlite'), { budget: 100 });
    expect(await rows(10_000)).toEqual(expectedRows(10_000));

    const { counts } = server;
    for (const kind of faultKinds) expect(counts.faults[kind], kind).toBeGreaterThan(10);
    const again = counts.faults['wrong-schema'] + counts.faults.refusal;
    expect(counts.answered).toBe(10_000 + again);
    const cost = costOf(price, counts);
    const stats = ledger.stats();
    expect(stats).toMatchObject({
      calls: counts.answered,
      failed: 0,
      inputTokens: counts.inputTokens,
      outputTokens: counts.outputTokens,
      paidTwice: 0,
    });
    expect(stats.cost).toBeCloseTo(cost, 9);
    const { budget, retries, tries } = scheduler.state();
    expect(budget.spent).toBeCloseTo(cost, 9);
    expect(budget.reserved).toBe(0);
    // What was made and got lost may be billed: each at most at its worst case, and not for nothing.
    expect(budget.uncertain).toBeGreaterThan(0);
    expect(tries).toBe(counts.requests);
    expect(retries).toBe(counts.requests - counts.answered);
    ledger.close();
  });

  it.each(faultKinds)('gets every row when a third of the answers are: %s', async (kind) => {
    const server = await serve({ rate: 0.33, faults: [kind], seed: kind });
    const { ledger, rows } = start(server, temporaryFile('calls.sqlite'), { maxRetries: 30 });
    expect(await rows(60, 8)).toEqual(expectedRows(60));
    expect(server.counts.faults[kind]).toBeGreaterThan(5);
    expect(ledger.stats()).toMatchObject({
      calls: server.counts.answered,
      inputTokens: server.counts.inputTokens,
    });
    ledger.close();
  });

  it('stops at its budget with nothing lost, and goes on with a larger one', async () => {
    const path = temporaryFile('calls.sqlite');
    const server = await serve({ rate: 0.05, seed: 'budget' });
    const poor = start(server, path, { budget: 0.05 });
    await expect(poor.rows(2000)).rejects.toMatchObject({ code: 'BUDGET_EXCEEDED' });
    const { spent, uncertain } = poor.scheduler.state().budget;
    expect(spent).toBeCloseTo(costOf(price, server.counts), 9);
    expect(spent + uncertain).toBeLessThanOrEqual(0.05);
    expect(spent + uncertain).toBeGreaterThan(0.048);
    const before = poor.ledger.stats();
    expect(before.cost).toBeCloseTo(spent, 9);
    poor.ledger.close();

    const rich = start(server, path, { budget: 10 });
    expect(await rich.rows(2000)).toEqual(expectedRows(2000));
    expect(rich.ledger.stats().cost).toBeCloseTo(costOf(price, server.counts), 9);
    expect(server.counts.answered).toBe(
      2000 + server.counts.faults['wrong-schema'] + server.counts.faults.refusal,
    );
    rich.ledger.close();
  });

  it('stops when the server is down, and goes on when it is back', async () => {
    const path = temporaryFile('calls.sqlite');
    const down = await serve({ rate: 1, faults: ['server-error'] });
    const first = start(down, path, { maxRetries: 2, circuit: { failures: 3, probeAfterMs: 60_000 } });
    await expect(first.rows(1000)).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    expect(first.scheduler.state().circuit).toBe('open');
    expect(down.counts.requests).toBeLessThan(64 * 3);
    first.ledger.close();

    const back = await serve({ rate: 0 });
    const second = start(back, path);
    expect(await second.rows(1000)).toEqual(expectedRows(1000));
    expect(back.counts.answered).toBe(1000);
    second.ledger.close();
  });
});

describe('kill -9', () => {
  it('at any moment costs at most the calls in flight, and changes no byte of the output', async () => {
    const concurrency = 16;
    const count = 600;
    const server = await serve({
      rate: 0.05,
      faults: ['rate-limit', 'server-error', 'reset-before', 'slow-body'],
      delayMs: 4,
      seed: 'kill',
    });
    const moments = createRng('moments');
    const run = (ledger: string, out: string): ChildProcess =>
      spawn(
        process.execPath,
        ['--conditions=@bezoar/source', '--input-type=module', '-e', program, server.url, ledger, out],
        { stdio: 'inherit' },
      );
    const ended = (child: ChildProcess): Promise<unknown> => new Promise((done) => child.once('exit', done));
    const whole = temporaryFile('whole.jsonl');
    await ended(run(temporaryFile('whole.sqlite'), whole));
    server.counts.answers.clear();

    const path = temporaryFile('calls.sqlite');
    const out = temporaryFile('rows.jsonl');
    const kills = 5;
    for (let kill = 0; kill < kills; kill++) {
      const child = run(path, out);
      const exit = ended(child);
      const moment = server.counts.requests + 1 + moments.int(100);
      while (server.counts.requests < moment) await new Promise((resolve) => setTimeout(resolve, 1));
      child.kill('SIGKILL');
      await exit;
    }
    await ended(run(path, out));

    expect(readFileSync(out)).toEqual(readFileSync(whole));
    expect(
      readFileSync(out, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line)),
    ).toEqual(expectedRows(count));
    const { answers } = server.counts;
    expect(answers.size).toBe(count);
    const twice = [...answers.values()].reduce((sum, times) => sum + times - 1, 0);
    expect(twice).toBeLessThanOrEqual(kills * concurrency);
    const ledger = openLedger({ path });
    const stats = ledger.stats();
    // The ledger cannot know which of them the provider had answered; it counts all that it cannot rule out.
    expect(stats.paidTwice).toBeGreaterThanOrEqual(twice);
    expect(stats.paidTwice).toBeLessThanOrEqual(kills * concurrency);
    expect(stats.paidTwiceCost).toBeGreaterThan(0);
    expect(stats.calls).toBe(count);
    ledger.close();
  });
});

const index = JSON.stringify(new URL('./index.ts', import.meta.url).href);
const program = `
  const { createOpenAiModel, createScheduler, mapConcurrent, openLedger, withLedger, withScheduler } = await import(${index});
  const { writeFileSync } = await import('node:fs');
  const [baseURL, path, out] = process.argv.slice(1);
  const questionOf = ${questionOf.toString()};
  const ledger = openLedger({ path });
  const scheduler = createScheduler({ budget: 10, prices: { teacher: ${JSON.stringify(price)} }, baseDelayMs: 5 });
  const model = withLedger(withScheduler(createOpenAiModel({ model: 'teacher', baseURL }), scheduler), ledger);
  const lines = [];
  const numbers = Array.from({ length: 600 }, (_, index) => index);
  const ask = (index) => model.complete({ messages: [{ role: 'user', content: questionOf(index) }], maxTokens: 60 });
  for await (const { text } of mapConcurrent(numbers, ask, { concurrency: 16 })) lines.push(text + '\\n');
  writeFileSync(out, lines.join(''));
  ledger.close();
`;
