import { openLedger, type LedgerStats } from '@bezoar/llm';
import {
  hasRedisServer,
  startFaultServer,
  startRedisServer,
  type FaultServer,
  type RedisServer,
} from '@bezoar/llm/testing';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import pureTeacher from '../__fixtures__/pure-teacher.ts';
import { startCli, type RunningCli } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';

const folder = temporaryFolder();
const at = (...names: string[]): string => join(folder.path, ...names);
const rows = 240;
const inFlight = 8;
const secret = 'not for logs';
const price = JSON.stringify({ teacher: { input: 1.5, output: 6 } });

let server: FaultServer;
let redis: RedisServer;
let running: RunningCli[] = [];
let whole: readonly Buffer[];

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(2);
}
const outputOf = (run: string): Buffer[] =>
  ['rows.jsonl', 'dropped.jsonl', 'funnel.json'].map((file) => readFileSync(at(run, file)));
/** Of the answers that the server gave, those that it gave before. */
const askedTwice = (): number =>
  [...server.counts.answers.values()].reduce((sum, times) => sum + times - 1, 0);

function statsOf(run: string): LedgerStats {
  const ledger = openLedger({ path: at(run, 'ledger.sqlite') });
  const stats = ledger.stats();
  ledger.close();
  return stats;
}

function start(args: readonly string[]): RunningCli {
  const child = startCli(args, { cwd: folder.path, env: { BEZOAR_QUEUE_PASSWORD: secret } });
  running.push(child);
  return child;
}

/** A run of 240 calls. It knows no server and no key when it has a queue. */
function generate(out: string, ...more: string[]): RunningCli {
  const scheme = [
    '--scheme',
    'orca',
    '--model',
    'openai:teacher',
    '--seeds',
    'flan.jsonl',
    '--prices',
    'prices.json',
  ];
  return start(['datagen', ...scheme, '--concurrency', '32', '--out', out, ...more]);
}
const overQueue = (out: string): RunningCli => generate(out, '--queue', `redis://127.0.0.1:${redis.port}`);

/** A worker that has begun to serve. */
async function serve(...more: string[]): Promise<RunningCli> {
  const own = [
    '--base-url',
    server.url,
    '--concurrency',
    `${inFlight}`,
    // Longer than a busy machine lets a living worker wait.
    '--lease',
    '4',
    '--prices',
    'prices.json',
  ];
  const queue = ['--queue', `redis://127.0.0.1:${redis.port}`, '--model', 'openai:teacher'];
  const worker = start(['worker', ...queue, ...own, ...more]);
  await new Promise<void>((resolve, reject) => {
    let said = '';
    worker.process.stderr?.on('data', (text: string) => {
      said += text;
      if (said.includes('Serves openai:teacher')) resolve();
    });
    void worker.ended.then(() => reject(new Error(`The worker ended: ${said}`)));
  });
  return worker;
}

describe.skipIf(!hasRedisServer())('datagen over a queue (needs redis-server on PATH)', () => {
  beforeAll(async () => {
    folder.jsonl(
      'flan.jsonl',
      Array.from({ length: rows }, (_, index) => ({
        inputs: `How much is ${index} plus ${index}?`,
        targets: 'river',
        task_source: ['CoT', 'NIv2', 'P3', 'Flan2021'][index % 4]!,
      })),
    );
    folder.file('prices.json', price);
    server = await startFaultServer({
      rate: 0,
      delayMs: 40,
      reply: (_, { messages, seed }) => pureTeacher({ messages, sampleIndex: seed }),
    });
    expect(await generate('whole', '--base-url', server.url).ended).toMatchObject({ code: 0 });
    whole = outputOf('whole');
    expect(server.counts.answers.size).toBe(rows);
    expect(statsOf('whole')).toMatchObject({ calls: rows, failed: 0, paidTwice: 0 });
    expect(statsOf('whole').cost).toBeGreaterThan(0.01);
  });
  beforeEach(async () => {
    redis = await startRedisServer({ password: secret });
    server.counts.answers.clear();
  });
  afterEach(async () => {
    for (const { process: child, ended } of running) {
      child.kill('SIGKILL');
      await ended;
    }
    running = [];
    await redis.close();
  });
  afterAll(async () => {
    await server.close();
    folder.remove();
  });

  it('two workers serve a run, one is killed: the same bytes, and only its calls in flight are made again', async () => {
    const before = server.counts.requests;
    const [doomed, survivor] = await Promise.all([serve(), serve()]);
    const run = overQueue('killed-worker');
    await until(() => server.counts.answers.size > rows / 4);
    doomed.process.kill('SIGKILL');
    const { code, stdout, stderr } = await run.ended;
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(stderr).toContain('2 workers serve openai:teacher');
    expect(stderr + stdout).not.toContain(secret);
    expect(outputOf('killed-worker')).toEqual(whole);
    expect(server.counts.answers.size).toBe(rows);
    // What the killed one had in flight was made again by the other one, and nothing else.
    expect(server.counts.requests - before).toBeGreaterThan(rows);
    expect(server.counts.requests - before).toBeLessThanOrEqual(rows + inFlight);
    expect(askedTwice()).toBeLessThanOrEqual(inFlight);
    // What the workers know of costs and tokens is in the ledger of the run, and how often one of them died over a call.
    const { paidTwice, paidTwiceCost, ...stats } = statsOf('killed-worker');
    expect(statsOf('whole')).toMatchObject(stats);
    expect(paidTwice).toBeGreaterThanOrEqual(server.counts.requests - before - rows);
    expect(paidTwice).toBeLessThanOrEqual(inFlight);
    expect(paidTwiceCost).toBeGreaterThan(0);

    survivor.process.kill('SIGTERM');
    const ended = await survivor.ended;
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/^\d+ calls done, 0 failed · .+ tokens in, .+ out · \$0\.\d+\n$/);
    const done = Number(/^\d+/.exec(ended.stdout)![0]);
    expect(done).toBeGreaterThan(rows / 2);
  });

  it('the run is killed and started again: nothing is asked twice, nothing is lost', async () => {
    await Promise.all([serve(), serve()]);
    for (const share of [1 / 4, 1 / 2]) {
      const killed = overQueue('killed-run');
      await until(() => server.counts.answers.size > rows * share);
      killed.process.kill('SIGKILL');
      await killed.ended;
    }
    expect(await overQueue('killed-run').ended).toMatchObject({ code: 0 });
    expect(outputOf('killed-run')).toEqual(whole);
    expect(server.counts.answers.size).toBe(rows);
    expect(askedTwice()).toBe(0);
    const { calls, cost, failed } = statsOf('killed-run');
    expect({ calls, failed }).toEqual({ calls: rows, failed: 0 });
    expect(cost).toBeCloseTo(statsOf('whole').cost, 9);
  });

  it('Ctrl-C takes back what nobody has begun, and the same command goes on', async () => {
    const worker = await serve('--concurrency', '2');
    const stopped = overQueue('stopped');
    await until(() => server.counts.answers.size > 10);
    stopped.process.kill('SIGINT');
    expect((await stopped.ended).code).toBe(130);
    const asked = server.counts.requests;
    await pause(500);
    expect(server.counts.requests - asked).toBeLessThanOrEqual(2);
    worker.process.kill('SIGTERM');
    expect((await worker.ended).code).toBe(0);

    await serve();
    expect(await overQueue('stopped').ended).toMatchObject({ code: 0 });
    expect(outputOf('stopped')).toEqual(whole);
    expect(askedTwice()).toBe(0);
  });

  it('a recipe runs over a queue as it runs without one, with scripts as models too', async () => {
    const script = `script:${fileURLToPath(new URL('../__fixtures__/pure-teacher.ts', import.meta.url))}`;
    folder.file(
      'recipe.yaml',
      `name: queued
models: { teacher: '${script}', judge: '${script}' }
stages:
  made: { kind: lamini, model: teacher, seeds: ./seeds.jsonl, count: 15, topicShare: 0, instructionsPerPrompt: 6 }
  kept: { kind: filter, rows: made, judges: [judge] }
`,
    );
    folder.jsonl(
      'seeds.jsonl',
      ['robin', 'crow', 'owl', 'perch', 'duck'].map((animal) => ({
        instruction: `Where does the ${animal} live?`,
      })),
    );
    const recipe = (out: string, ...more: string[]): RunningCli =>
      start(['run', 'recipe.yaml', '--run-dir', out, ...more]);
    const queue = ['--queue', `redis://127.0.0.1:${redis.port}`];
    expect(await recipe('alone-made').ended).toMatchObject({ code: 0 });
    const worker = start(['worker', ...queue, '--model', script]);
    expect(await recipe('queue-made', ...queue).ended).toMatchObject({ code: 0 });
    for (const stage of ['made', 'kept'])
      expect(outputOf(join('queue-made', stage))).toEqual(outputOf(join('alone-made', stage)));
    worker.process.kill('SIGINT');
    const { code, stdout } = await worker.ended;
    expect(code).toBe(0);
    expect(Number(/^\d+/.exec(stdout)![0])).toBe(statsOf('alone-made').calls);
  });

  it('says that nobody serves the model, and goes on when somebody does', async () => {
    const waiting = overQueue('alone');
    let said = '';
    waiting.process.stderr?.on('data', (text: string) => (said += text));
    await until(() =>
      said.includes('no worker serves openai:teacher; start one: bezoar worker --queue redis://127'),
    );
    await serve();
    expect(await waiting.ended).toMatchObject({ code: 0 });
    expect(outputOf('alone')).toEqual(whole);
  });
});
