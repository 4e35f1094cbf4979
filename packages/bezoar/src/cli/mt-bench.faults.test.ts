import { createRng } from '@bezoar/core';
import {
  passingFaults,
  startChatServer,
  startFaultServer,
  type ChatServer,
  type FaultServer,
} from '@bezoar/llm/testing';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { spawnCli, startCli, type CliResult, type RunningCli } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';

const folder = temporaryFolder();
const moments = createRng('mt-bench moments');
const concurrency = 8;
const kills = 3;
let server: FaultServer;
let faultRate = 0;

const categories = ['writing', 'roleplay', 'reasoning', 'math', 'coding', 'extraction', 'stem', 'humanities'];
const questions = Array.from({ length: 40 }, (_, index) => ({
  question_id: 81 + index,
  category: categories[Math.floor(index / 5)]!,
  turns: [`Tell of thing ${index}.`, `What is thing ${index} good for?`],
}));

/** Decided by what is asked alone. */
const scoreOf = (text: string): number => 1 + ((text.length * 7) % 10);

const args = (url: string, out: string): string[] => [
  ...['mt-bench', '--questions', 'questions.jsonl', '--out', out],
  ...['--model', 'openai:bezoar', '--base-url', url, '--concurrency', `${concurrency}`],
  ...['--judge', 'openai:judge', '--judge-base-url', url],
];
const linesOf = (out: string, ...names: string[]): Record<string, unknown>[] =>
  readFileSync(join(folder.path, out, ...names), 'utf8')
    .trim()
    .split('\n')
    .map((line) => ({ ...(JSON.parse(line) as Record<string, unknown>), tstamp: 0 }));
const outputOf = (out: string): unknown => [
  linesOf(out, 'model_answer', 'bezoar.jsonl'),
  linesOf(out, 'model_judgment', 'judge_single.jsonl'),
  ...['scores.json', 'mt-bench.md', 'mt-bench.json', 'radar.svg'].map((name) =>
    readFileSync(join(folder.path, out, name), 'utf8'),
  ),
];

beforeAll(async () => {
  folder.jsonl('questions.jsonl', questions);
  server = await startFaultServer({
    rate: () => faultRate,
    // Those that change an answer would change the scores.
    faults: passingFaults,
    seed: 'mt-bench',
    delayMs: 6,
    reply(_, { model, messages }) {
      const text = messages.map(({ content }) => content).join('\n');
      if (model === 'bezoar') return `An answer of ${text.length} letters.`;
      return JSON.stringify({ explanation: 'e', rating: scoreOf(text) });
    },
  });
});
afterAll(async () => {
  await server.close();
  folder.remove();
});

async function killAfterCalls({ process: child, ended }: RunningCli, calls: number): Promise<void> {
  while (server.counts.requests < calls && child.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 1));
  process.kill(-child.pid!, 'SIGKILL');
  await ended;
  expect(child.signalCode).toBe('SIGKILL');
}

it('killed three times, with faults on the way: no line twice, the same scores, and paid twice at most for calls in flight', async () => {
  expect(await startCli(args(server.url, 'whole'), { cwd: folder.path }).ended).toMatchObject({ code: 0 });
  expect(server.counts.answers.size).toBe(160);
  server.counts.answers.clear();
  faultRate = 0.05;
  for (let kill = 0; kill < kills; kill++) {
    const running = startCli(args(server.url, 'killed'), { cwd: folder.path, detached: true });
    await killAfterCalls(running, server.counts.requests + 25 + moments.int(25));
  }
  expect(await startCli(args(server.url, 'killed'), { cwd: folder.path }).ended).toMatchObject({ code: 0 });
  expect(outputOf('killed')).toEqual(outputOf('whole'));
  const judgments = linesOf('killed', 'model_judgment', 'judge_single.jsonl');
  const keys = judgments.map((line) => [line['question_id'], line['model'], line['turn']].join());
  expect([keys.length, new Set(keys).size]).toEqual([80, 80]);
  expect(server.counts.answers.size).toBe(160);
  const twice = [...server.counts.answers.values()].reduce((sum, times) => sum + times - 1, 0);
  expect(twice).toBeLessThanOrEqual(kills * concurrency);
});

it('a judge with errors, garbage and refusals changes no score; the report bounds what is missing, and what did not come through is asked again', async () => {
  let broken = true;
  const asked = new Map<string, number>();
  const chat: ChatServer = await startChatServer({
    reply({ body, messages }) {
      const text = messages.map(({ content }) => content).join('\n');
      if (body['model'] === 'bezoar') return 'An answer.';
      asked.set(text, (asked.get(text) ?? 0) + 1);
      const second = text.includes('second message');
      if (text.includes('Tell of thing 3.') && !second) return 'I like [[it]].';
      if (text.includes('Tell of thing 4.') && !second)
        return { status: 400, body: { error: { message: 'No.' } } };
      // A server that is overloaded for this call alone, however often it is made.
      if (text.includes('Tell of thing 5.') && broken)
        return { status: 503, headers: { 'retry-after-ms': '1' }, body: { error: { message: 'Busy.' } } };
      return '{"explanation":"e","rating":6}';
    },
  });
  const run = (): Promise<CliResult> => spawnCli(args(chat.url, 'broken'), { cwd: folder.path });
  const missing = (): unknown =>
    linesOf('broken', 'model_judgment', 'judge_single.jsonl').flatMap(
      ({ question_id: id, turn, score, missing: why }) =>
        score === -1 ? [[id, turn, why]] : (expect(score).toBe(6), []),
    );

  const first = await run();
  expect(first.code).toBe(1);
  expect(first.stderr).toMatch(
    /\nbezoar: The judge did not answer in all of its tries: 2 verdicts are missing\./,
  );
  expect(missing()).toEqual([
    [84, 1, 'unreadable'],
    [85, 1, 'rejected-by-provider'],
    [86, 1, 'unavailable'],
    [86, 2, 'unavailable'],
  ]);
  // 76 of 6, and four of 1 or of 10.
  expect(first.stderr).toContain('4 of 80 verdicts are missing');
  expect(readFileSync(join(folder.path, 'broken', 'mt-bench.md'), 'utf8')).toContain(
    '| bezoar | 4 of 80 | unreadable 1, rejected-by-provider 1, unavailable 2 | 5.75 and 6.20 |',
  );

  broken = false;
  asked.clear();
  const second = await run();
  expect(second).toMatchObject({ code: 0 });
  expect(missing()).toEqual([
    [84, 1, 'unreadable'],
    [85, 1, 'rejected-by-provider'],
  ]);
  // The two that did not come through, and the one that was rejected: a failed call is no answer.
  expect(asked.size).toBe(3);
  expect(second.stderr).toContain(
    '2 of 80 verdicts are missing (unreadable 1, rejected-by-provider 1); with them it would be between 5.88 and 6.10',
  );
  await chat.close();
});
