/**
 * Calls per second against an instant server in another process: made by the process that wants the answers, beside the
 * same calls over a queue in Redis, made by one and by two workers in processes of their own. All with scheduler and ledger,
 * everything on this machine; in turns, the median of three rounds. Aim: 1,000 calls/s over the queue, far more than a
 * provider answers.
 *
 *   pnpm bench queue [--calls N] [--concurrency N]
 */
import {
  createScheduler,
  mapConcurrent,
  openLedger,
  withLedger,
  withQueue,
  withScheduler,
  type ChatModel,
} from '@bezoar/llm';
import { openBullMqQueue, startCallWorker } from '@bezoar/llm/bullmq';
import { hasRedisServer, startRedisServer } from '@bezoar/llm/testing';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchModel, startInstantServer } from './ledger.ts';

export async function run(args: readonly string[] = []): Promise<object> {
  if (!hasRedisServer()) {
    console.error('Skipped: there is no redis-server on PATH.');
    return { skipped: 'no redis-server' };
  }
  const option = (name: string, fallback: number): number =>
    args.includes(name) ? Number(args[args.indexOf(name) + 1]) : fallback;
  const concurrency = option('--concurrency', 64);
  const [, redisUrl, serverUrl] = args.slice(args.indexOf('--serve'));
  if (args.includes('--serve')) return serve(redisUrl!, serverUrl!, concurrency);

  const folder = mkdtempSync(join(tmpdir(), 'bezoar-bench-'));
  const redis = await startRedisServer();
  const server = await startInstantServer();
  const calls = option('--calls', 5000);
  const rates: Record<string, number[]> = {};
  try {
    for (let round = 0; round < 4; round++) {
      for (const workers of [0, 1, 2]) {
        const name = workers === 0 ? 'ledger' : `queue, ${workers} ${workers === 1 ? 'worker' : 'workers'}`;
        const path = join(folder, `${round}-${workers}.sqlite`);
        const rate = await measure({
          workers,
          path,
          calls,
          concurrency,
          redisUrl: redis.url,
          serverUrl: server.url,
        });
        // The first round warms up.
        if (round > 0) (rates[name] ??= []).push(rate);
      }
    }
  } finally {
    server.stop();
    await redis.close();
    rmSync(folder, { recursive: true });
  }
  const median = (values: readonly number[]): number => Math.round([...values].sort((a, b) => a - b)[1]!);
  const callsPerSecond = Object.fromEntries(
    Object.entries(rates).map(([name, values]) => [name, median(values)]),
  );
  console.error(callsPerSecond);
  return { calls, concurrency, callsPerSecond };
}

interface Measurement {
  /** Processes that make the calls; 0: this one does. */
  readonly workers: number;
  /** Of the ledger. */
  readonly path: string;
  readonly calls: number;
  readonly concurrency: number;
  readonly redisUrl: string;
  readonly serverUrl: string;
}

async function measure(options: Measurement): Promise<number> {
  const { workers, path, calls, concurrency, redisUrl, serverUrl } = options;
  const ledger = openLedger({ path });
  const queue = workers === 0 ? undefined : await openBullMqQueue({ connection: redisUrl });
  const bare = fetchModel(serverUrl);
  const helpers = Array.from({ length: workers }, () =>
    startWorker(redisUrl, serverUrl, concurrency / workers),
  );
  while (queue !== undefined && (await queue.workers(bare.id)) < workers) await pause(20);
  const places = queue === undefined ? concurrency : Infinity;
  const scheduler = createScheduler({ concurrency: { initial: places, max: places } });
  const caller: ChatModel = queue === undefined ? bare : withQueue(bare, queue);
  const model = withLedger(withScheduler(caller, scheduler), ledger);
  const numbers = Array.from({ length: calls }, (_, index) => index);
  const ask = (index: number): ReturnType<ChatModel['complete']> =>
    model.complete({ messages: [{ role: 'user', content: `Question ${index}: what color is the robin?` }] });
  const start = performance.now();
  for await (const { usage } of mapConcurrent(numbers, ask, { concurrency }))
    if (usage.outputTokens !== 100) throw new Error('a wrong answer');
  const seconds = (performance.now() - start) / 1000;
  await queue?.close();
  ledger.close();
  for (const { stop, ended } of helpers) {
    stop();
    await ended;
  }
  return calls / seconds;
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

function startWorker(
  redisUrl: string,
  serverUrl: string,
  concurrency: number,
): { readonly stop: () => void; readonly ended: Promise<unknown> } {
  const settings = ['--serve', redisUrl, serverUrl, '--concurrency', `${concurrency}`];
  const child = spawn(
    process.execPath,
    ['--conditions=@bezoar/source', 'bench/run.ts', 'queue', ...settings],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  return {
    stop: () => void child.kill('SIGTERM'),
    ended: new Promise((resolve) => child.once('exit', resolve)),
  };
}

async function serve(connection: string, serverUrl: string, concurrency: number): Promise<object> {
  const scheduler = createScheduler({ concurrency: { initial: concurrency, max: concurrency } });
  const models = [withScheduler(fetchModel(serverUrl), scheduler)];
  const worker = await startCallWorker({ connection, models, concurrency });
  await new Promise((resolve) => process.once('SIGTERM', resolve));
  await worker.close();
  return worker.state();
}
