import { createRng } from '@bezoar/core';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openLedger } from '../ledger/open-ledger.ts';
import { startBatchServer, type BatchServerOptions } from '../testing/start-batch-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'bezoar-batch-faults-'));
afterAll(() => rmSync(folder, { recursive: true }));

const count = 60;
const kills = 20;

/** 60 questions in batches of 20, at the worst moments: the process dies while the server serves its requests. */
describe.each(['openai', 'anthropic'] as const)('kill -9 of a process that has batches at %s', (provider) => {
  it(`${kills} times: no batch is made twice, no answer is paid twice`, async () => {
    const rng = createRng(`batches ${provider}`);
    let victim: ChildProcess | undefined;
    let untilDeath = 0;
    const fault: BatchServerOptions['fault'] = () => {
      if (victim !== undefined && --untilDeath === 0) victim.kill('SIGKILL');
      return undefined;
    };
    const server = await startBatchServer({ reply: (question) => `re: ${question}`, polls: 12, fault });
    const [ledger, journal, out] = ['calls.sqlite', 'batches.sqlite', 'out.json'].map((name) =>
      join(folder, `${provider}-${name}`),
    ) as [string, string, string];
    const start = (): { child: ChildProcess; exit: Promise<number | null> } => {
      const args = [provider, server.url, ledger, journal, out];
      const child = spawn(
        process.execPath,
        ['--conditions=@bezoar/source', '--input-type=module', '-e', program, ...args],
        { stdio: 'inherit' },
      );
      return { child, exit: new Promise((done) => child.once('exit', (code) => done(code))) };
    };
    let died = 0;
    for (let kill = 0; kill < kills; kill++) {
      const { child, exit } = start();
      untilDeath = 1 + rng.int(kill < 6 ? 3 : 12);
      victim = child;
      if ((await exit) === null) died++;
    }
    victim = undefined;
    expect(await start().exit).toBe(0);
    await server.close();

    expect(died).toBeGreaterThan(8);
    const questions = Array.from({ length: count }, (_, index) => `question ${index}`);
    expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual(questions.map((question) => `re: ${question}`));
    expect(server.answered.size).toBe(count);
    expect([...server.answered.values()].every((times) => times === 1)).toBe(true);
    expect(server.batches.reduce((sum, { requests }) => sum + requests.length, 0)).toBe(count);
    const { calls, failed, paidTwice } = openLedger({ path: ledger }).stats();
    expect({ calls, failed, paidTwice }).toEqual({ calls: count, failed: 0, paidTwice: 0 });
  });
});

const index = JSON.stringify(new URL('../index.ts', import.meta.url).href);
const program = `
  const llm = await import(${index});
  const { writeFileSync } = await import('node:fs');
  const [provider, url, ledgerPath, journalPath, out] = process.argv.slice(1);
  const own = { model: 'm', limits: { requests: 20 }, baseDelayMs: 5 };
  const api = provider === 'openai'
    ? llm.createOpenAiBatchApi({ ...own, baseURL: url })
    : llm.createAnthropicBatchApi({ ...own, baseURL: url.replace('/v1', '') });
  const journal = llm.openBatchJournal({ path: journalPath });
  const ledger = llm.openLedger({ path: ledgerPath });
  const batch = llm.createBatchModel({ api, journal, lingerMs: 5, pollMs: 5, settleMs: 300 });
  const model = llm.withLedger(batch, ledger);
  const questions = Array.from({ length: ${count} }, (_, index) => 'question ' + index);
  const ask = (content) => model.complete({ messages: [{ role: 'user', content }] });
  const answers = await Promise.all(questions.map(ask));
  writeFileSync(out, JSON.stringify(answers.map(({ text }) => text)));
  ledger.close();
  journal.close();
`;
