import { BezoarError, describeError } from '@bezoar/core';
import type { Job, Worker, WorkerOptions } from 'bullmq';
import { hostname } from 'node:os';
import type { ChatModel } from '../chat-model.ts';
import { importSdk } from '../providers/import-optional.ts';
import { connectRedis, type RedisLink } from './connect-redis.ts';
import { defaultQueueName, modelQueueName, type CallJob, type StoredAnswer } from './model-queue.ts';
import { packError } from './pack-error.ts';
import { parseRedisAddress, type RedisAddress } from './redis-address.ts';
import { readVerdict } from './read-verdict.ts';

export interface CallWorkerOptions {
  /** `redis://host:6379`, or the same in parts. */
  readonly connection: string | RedisAddress;
  /** As in the queue. `bezoar` by default. */
  readonly name?: string;
  /**
   * What is served. Put a scheduler around each: retries, pauses and prices are the worker's work. Never a ledger: that
   * belongs to whoever wants the answers.
   */
  readonly models: readonly ChatModel[];
  /** Calls of one model in flight at the same time; 16 by default. */
  readonly concurrency?: number;
  /** Calls of one model that all its workers together begin in a minute, spaced evenly. */
  readonly requestsPerMinute?: number;
  /**
   * A call belongs to a worker for so long and is renewed while the worker lives; within twice that time another one takes
   * the calls of a worker that died. 30 s by default.
   */
  readonly leaseMs?: number;
}

export interface CallWorkerState {
  readonly inFlight: number;
  readonly done: number;
  readonly failed: number;
  /** What the last one that failed or was given back said. */
  readonly lastFailure: string | undefined;
  /** Given back, because this worker could not make them. */
  readonly returned: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars, where prices are known. */
  readonly cost: number;
  /** False while Redis is away: it is tried again for as long as it takes. */
  readonly connected: boolean;
}

export interface CallWorker {
  /** For messages: without user and password. */
  readonly label: string;
  state(): CallWorkerState;
  /**
   * Resolves when the worker was closed. Rejects when it cannot go on: with BUDGET_EXCEEDED or MISSING_DEPENDENCY; the
   * calls that it could not make are back in the queue, and `close` is still to be called.
   */
  readonly ended: Promise<void>;
  /** Takes no more calls, and waits for those in flight. */
  close(): Promise<void>;
}

/** A call that kills its worker is not handed on for ever. */
const maxDeaths = 10;

/**
 * Serves the calls of some models. Throws BezoarError BAD_CONFIG, and PROVIDER_UNAVAILABLE, PROVIDER_AUTH and
 * MISSING_DEPENDENCY as `openBullMqQueue` does.
 */
export async function startCallWorker(options: CallWorkerOptions): Promise<CallWorker> {
  const { models, name = defaultQueueName, concurrency = 16, leaseMs = 30_000, requestsPerMinute } = options;
  const address = parseRedisAddress(options.connection);
  checkModels(models);
  const bullmq = await importSdk(() => import('bullmq'), 'bullmq');
  const link = await connectRedis(address);
  const count = { inFlight: 0, done: 0, failed: 0, returned: 0, inputTokens: 0, outputTokens: 0, cost: 0 };
  let lastFailure: string | undefined;
  const ended = Promise.withResolvers<undefined>();
  // Nobody has to wait for it.
  ended.promise.catch(() => undefined);
  const who = `${hostname()}:${process.pid}`;
  const settings: WorkerOptions = {
    connection: link.client,
    name: who,
    concurrency,
    lockDuration: leaseMs,
    stalledInterval: Math.ceil(leaseMs / 2),
    maxStalledCount: maxDeaths,
    ...(requestsPerMinute === undefined ? {} : { limiter: evenly(requestsPerMinute) }),
  };

  const workers: Worker[] = models.map((model) => {
    const worker: Worker<CallJob, StoredAnswer> = new bullmq.Worker<CallJob, StoredAnswer>(
      modelQueueName(name, model.id),
      serve,
      settings,
    );
    // A lost connection is made again, a lost lease means that somebody else has the call.
    worker.on('error', () => undefined);

    async function serve(job: Job<CallJob, StoredAnswer>, token?: string): Promise<StoredAnswer> {
      count.inFlight++;
      try {
        const { rateLimit, cached, takenOver, ...answer } = await model.complete(job.data.request);
        count.done++;
        count.inputTokens += answer.usage.inputTokens;
        count.outputTokens += answer.usage.outputTokens;
        count.cost += answer.cost ?? 0;
        return { ...answer, ...(job.stalledCounter === 0 ? {} : { begunAgain: job.stalledCounter }) };
      } catch (error) {
        const verdict = readVerdict(error);
        lastFailure = describeError(error);
        if (verdict.kind === 'give-back') {
          count.returned++;
          // First, so that it does not come back here at once.
          await worker.pause(true);
          if (verdict.resumeInMs === undefined) ended.reject(error);
          else setTimeout(() => void worker.resume(), verdict.resumeInMs).unref();
          await job.moveToWait(token);
          throw new bullmq.WaitingError();
        }
        count.failed++;
        const text = packError(error, { worker: who });
        throw verdict.kind === 'elsewhere' ? new Error(text) : new bullmq.UnrecoverableError(text);
      } finally {
        count.inFlight--;
      }
    }
    return worker;
  });

  await Promise.all(workers.map((worker) => worker.waitUntilReady()));
  return {
    label: link.label,
    state: () => ({ ...count, lastFailure, connected: link.lostForMs() === 0 }),
    ended: ended.promise,
    async close() {
      await closeWorkers(workers, link);
      ended.resolve(undefined);
    },
  };
}

async function closeWorkers(workers: readonly Worker[], link: RedisLink): Promise<void> {
  // Without Redis no answer could be handed over: what is in flight will go to somebody else.
  const lost = link.lostForMs() > 0;
  const closed = Promise.all(workers.map((worker) => worker.close(lost)));
  if (lost) closed.catch(() => undefined);
  else await closed;
  await link.close();
}

function checkModels(models: readonly ChatModel[]): void {
  const ids = models.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) < index);
  if (ids.length > 0 && twice === undefined) return;
  throw new BezoarError(
    'BAD_CONFIG',
    twice === undefined ? 'The worker has no model to serve.' : `The worker was given ${twice} twice.`,
    { advice: 'Give it each model once.' },
  );
}

/** Many a second are counted by the second, few are one after the other: no minute begins with a burst. */
function evenly(perMinute: number): { readonly max: number; readonly duration: number } {
  const max = Math.max(1, Math.round(perMinute / 60));
  return { max, duration: Math.ceil((max * 60_000) / perMinute) };
}
