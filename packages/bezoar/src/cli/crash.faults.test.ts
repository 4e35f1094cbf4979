import { createRng } from '@bezoar/core';
import { openLedger, type LedgerStats } from '@bezoar/llm';
import {
  faultServerTokens,
  passingFaults,
  startFaultServer,
  type FaultServer,
  type FaultServerRequest,
} from '@bezoar/llm/testing';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pureTeacher from '../__fixtures__/pure-teacher.ts';
import { startCli, type RunningCli } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';

const folder = temporaryFolder();
const at = (...names: string[]): string => join(folder.path, ...names);
const moments = createRng('moments of death');
const concurrency = 8;
const price = { input: 1.5, output: 6 };
let server: FaultServer;
let faultRate = 0;

const stages = ['made', 'evolved', 'explained', 'tidy', 'kept', 'chosen'];
const files = stages.flatMap((stage) =>
  ['rows.jsonl', 'dropped.jsonl', 'funnel.json'].map((file) => join(stage, file)),
);

const recipe = (url: string): string => `name: crash
seed: 5
models:
  teacher: { model: 'openai:teacher', baseURL: '${url}', price: ${JSON.stringify(price)} }
  judge: { model: 'openai:judge', baseURL: '${url}', price: ${JSON.stringify(price)} }
  second: { model: 'openai:second', baseURL: '${url}', price: ${JSON.stringify(price)} }
stages:
  made: { kind: lamini, model: teacher, seeds: ./seeds.jsonl, count: 30, instructionsPerPrompt: 6, concurrency: ${concurrency} }
  evolved: { kind: evol, model: teacher, judge: judge, seeds: ./seeds.jsonl, rounds: 2, concurrency: ${concurrency} }
  explained: { kind: orca, model: teacher, rows: ./flan.jsonl, concurrency: ${concurrency} }
  tidy: { kind: clean, rows: evolved, minWords: 4, dedupe: rouge-l }
  kept: { kind: filter, rows: tidy, judges: [judge, second], decide: all, concurrency: ${concurrency} }
  chosen: { kind: filter, rows: explained, judges: [judge], concurrency: ${concurrency} }
`;

const start = (run: string): RunningCli =>
  startCli(['run', 'recipe.yaml', '--run-dir', run], { cwd: folder.path, detached: true });
const outputOf = (run: string): Map<string, string> =>
  new Map(files.map((file) => [file, readFileSync(at(run, file), 'utf8')]));
const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

function ledgerStats(run: string): LedgerStats {
  const ledger = openLedger({ path: at(run, 'ledger.sqlite') });
  const stats = ledger.stats();
  ledger.close();
  return stats;
}

/** Kills the process and all that it has started. False when it had ended before. */
async function killGroup({ process: child, ended }: RunningCli): Promise<boolean> {
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch {
    // It has just ended.
  }
  await ended;
  return child.signalCode === 'SIGKILL';
}

/**
 * A random moment: soon after the start, or after some more calls and a few milliseconds. `left` is the number of kills that
 * come after this one: enough calls are left for them.
 */
async function randomMoment({ process: child }: RunningCli, left: number): Promise<void> {
  if (left % 5 === 0) {
    await pause(moments.int(500));
    return;
  }
  const open = referenceCalls.length - server.counts.answers.size;
  const calls = server.counts.requests + 1 + moments.int(Math.ceil((1.2 * open) / (left + 1)));
  const jitter = moments.int(6);
  while (server.counts.requests < calls && child.exitCode === null) await pause(1);
  await pause(jitter);
}

/** Tokens of the calls that the server answered, each once, and of its answers beyond the first ones. */
function bill(): { once: Usage; twice: number } {
  const once = { inputTokens: 0, outputTokens: 0 };
  let twice = 0;
  for (const [call, times] of server.counts.answers) {
    const { messages, seed } = JSON.parse(call) as FaultServerRequest;
    once.inputTokens += messages.reduce((sum, { content }) => sum + faultServerTokens(content), 0);
    once.outputTokens += faultServerTokens(pureTeacher({ messages, sampleIndex: seed }));
    twice += times - 1;
  }
  return { once, twice };
}

interface Usage {
  inputTokens: number;
  outputTokens: number;
}

const reference = new Map<string, string>();
let referenceCalls: string[];

beforeAll(async () => {
  server = await startFaultServer({
    rate: () => faultRate,
    // Those that change an answer would change the rows.
    faults: passingFaults,
    seed: 'crash',
    delayMs: 6,
    reply: (_, { messages, seed }) => pureTeacher({ messages, sampleIndex: seed }),
  });
  const animals = [
    'robin',
    'crow',
    'owl',
    'perch',
    'hamster',
    'duck',
    'zebra',
    'otter',
    'swan',
    'goose',
    'pig',
    'cat',
  ];
  const questions = animals.flatMap((animal) => [
    `Where does the ${animal} live?`,
    `What does the ${animal} eat?`,
    `How old is a ${animal} when it dies?`,
    `Why do people keep the ${animal}?`,
    `Which animal is afraid of the ${animal}?`,
  ]);
  folder.jsonl(
    'seeds.jsonl',
    questions.map((instruction) => ({ instruction })),
  );
  folder.jsonl(
    'flan.jsonl',
    questions.map((inputs, index) => ({
      inputs,
      targets: 'river',
      task_source: ['CoT', 'NIv2', 'P3', 'Flan2021'][index % 4]!,
    })),
  );
  folder.file('recipe.yaml', recipe(server.url));
  expect(await start('whole').ended).toMatchObject({ code: 0 });
  for (const [file, text] of outputOf('whole')) reference.set(file, text);
  referenceCalls = [...server.counts.answers.keys()];
});
afterAll(async () => {
  await server.close();
  folder.remove();
});

describe('data generation on the command line', () => {
  it('drops and keeps rows at every stage, and is billed for each call once', () => {
    for (const stage of stages) {
      const { input, kept } = JSON.parse(reference.get(join(stage, 'funnel.json'))!) as {
        input: number;
        kept: number;
      };
      expect(kept, stage).toBeGreaterThan(10);
      expect(input, stage).toBeGreaterThan(kept);
    }
    const { once, twice } = bill();
    expect(twice).toBe(0);
    expect(ledgerStats('whole')).toMatchObject({
      ...once,
      calls: referenceCalls.length,
      failed: 0,
      paidTwice: 0,
    });
  });

  it('killed at twenty moments, half of them with faults, ends with the same bytes, and pays twice for calls in flight at most', async () => {
    server.counts.answers.clear();
    const kills = 20;
    let killed = 0;
    for (let kill = 0; kill < kills; kill++) {
      faultRate = kill < kills / 2 ? 0.05 : 0;
      const running = start('killed');
      await randomMoment(running, kills - 1 - kill);
      if (await killGroup(running)) killed++;
    }
    expect(killed).toBe(kills);
    expect(Object.values(server.counts.faults).reduce((sum, count) => sum + count)).toBeGreaterThan(5);
    expect(await start('killed').ended).toMatchObject({ code: 0 });

    expect(outputOf('killed')).toEqual(reference);
    expect([...server.counts.answers.keys()].sort()).toEqual(referenceCalls.toSorted());
    const { once, twice } = bill();
    expect(twice).toBeLessThanOrEqual(kills * concurrency);
    const stats = ledgerStats('killed');
    expect(stats).toMatchObject({ ...once, calls: referenceCalls.length, failed: 0 });
    expect(stats.cost).toBeCloseTo(
      (once.inputTokens * price.input + once.outputTokens * price.output) / 1e6,
      9,
    );
    // The ledger cannot know which of the calls in flight were answered; it counts all that it cannot rule out.
    expect(stats.paidTwice).toBeGreaterThanOrEqual(twice);
    expect(stats.paidTwice).toBeLessThanOrEqual(kills * concurrency);
  });

  it('killed whenever a stage has just written its rows, ends with the same bytes', async () => {
    server.counts.answers.clear();
    for (const stage of stages) {
      const running = start('between');
      const path = at('between', stage, 'rows.jsonl');
      while (!existsSync(path) && running.process.exitCode === null) await pause(0);
      expect(await killGroup(running), stage).toBe(true);
    }
    expect(await start('between').ended).toMatchObject({ code: 0 });
    expect(outputOf('between')).toEqual(reference);
    const { once, twice } = bill();
    expect(twice).toBeLessThanOrEqual(stages.length * concurrency);
    expect(ledgerStats('between')).toMatchObject({ ...once, calls: referenceCalls.length, failed: 0 });
  });

  it('stopped with Ctrl-C says how to go on, exits with 130, and ends with the same bytes', async () => {
    server.counts.answers.clear();
    const running = start('stopped');
    const calls = server.counts.requests + 150;
    while (server.counts.requests < calls) await pause(1);
    running.process.kill('SIGINT');
    const { code, stderr } = await running.ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(/\nbezoar: [^\n]*\. Run the same command again to go on[^\n]*\.\n$/);
    expect(stderr).toMatch(/: so far \d+ calls, [\d\u202f]+ tokens in, [\d\u202f]+ tokens out, \$\d+\.\d+\n/);
    expect(stderr).not.toMatch(/ {4}at /);

    expect(await start('stopped').ended).toMatchObject({ code: 0 });
    expect(outputOf('stopped')).toEqual(reference);
    const { once, twice } = bill();
    const stats = ledgerStats('stopped');
    expect(stats).toMatchObject({ ...once, calls: referenceCalls.length, failed: 0 });
    expect(stats.paidTwice).toBeGreaterThanOrEqual(twice);
    expect(stats.paidTwice).toBeLessThanOrEqual(concurrency);
  });
});
