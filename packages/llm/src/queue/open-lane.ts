import { BezoarError } from '@bezoar/core';
import type { Job } from 'bullmq';
import type { ChatRequest, ChatResponse } from '../chat-model.ts';
import { interruptedCall } from '../schedule/throw-if-interrupted.ts';
import { redisError, type RedisLink } from './connect-redis.ts';
import type { CallJob, StoredAnswer } from './model-queue.ts';
import { unpackError } from './pack-error.ts';

/** The calls of one model, as the process sees them that wants their answers. */
export interface Lane {
  ask(key: string, request: ChatRequest, signal: AbortSignal | undefined): Promise<ChatResponse>;
  /** Finds what an event should have told, and clears away what was handed on a while ago. */
  sweep(): Promise<void>;
  rejectAll(error: Error): void;
  workers(): Promise<number>;
  close(): Promise<void>;
}

export interface LaneOptions {
  readonly bullmq: typeof import('bullmq');
  readonly link: RedisLink;
  /** Of the queue in Redis. */
  readonly name: string;
  readonly keepAnswersMs: number;
  readonly attempts: number;
}

interface Waiter {
  readonly resolve: (response: ChatResponse) => void;
  readonly reject: (error: Error) => void;
}

interface Call {
  readonly request: ChatRequest;
  readonly waiters: Set<Waiter>;
  /** Ends when the job is in Redis. */
  submitted: Promise<void>;
  takenOver: boolean;
}

/** By then a ledger has stored an answer that was handed on. */
const handedOnMs = 60_000;

/**
 * A job's id is its call's key, so equal calls are one job, whoever asks. Events bring the answers; because their stream is
 * short and a connection may break, `sweep` looks at the jobs themselves. An answer is removed a minute after it was
 * handed on; one that nobody has fetched stays for `keepAnswersMs`.
 */
export async function openLane({ bullmq, link, name, keepAnswersMs, attempts }: LaneOptions): Promise<Lane> {
  const queue = new bullmq.Queue<CallJob, StoredAnswer>(name, {
    connection: link.client,
    defaultJobOptions: {
      attempts,
      backoff: { type: 'exponential', delay: 1000 },
      removeOnComplete: { age: Math.ceil(keepAnswersMs / 1000) },
      removeOnFail: { age: 3600 },
      stackTraceLimit: 0,
    },
  });
  // From here on no event is missed, however late the listener is.
  const [last] = await link.client.xrevrange(queue.toKey('events'), '+', '-', 'COUNT', 1);
  const events = new bullmq.QueueEvents(name, { connection: link.client, lastEventId: last?.[0] ?? '0-0' });
  const calls = new Map<string, Call>();
  const handedOn: { readonly key: string; readonly at: number }[] = [];
  const background = new Set<Promise<unknown>>();

  // The link knows when the connection is lost, and every command that fails says so itself.
  queue.on('error', () => undefined);
  events.on('error', () => undefined);
  events.on('completed', ({ jobId, returnvalue }) => deliver(jobId, returnvalue as unknown as StoredAnswer));
  events.on('failed', ({ jobId, failedReason }) => fail(jobId, callError(failedReason)));
  events.on('removed', ({ jobId }) => {
    const call = calls.get(jobId);
    if (call !== undefined) inBackground(look(jobId, call));
  });

  function inBackground(work: Promise<unknown>): void {
    // What fails here is found by the next sweep.
    const quiet = work.catch(() => undefined).finally(() => background.delete(quiet));
    background.add(quiet);
  }

  function begin(key: string, request: ChatRequest): Call {
    const call: Call = { request, waiters: new Set(), submitted: Promise.resolve(), takenOver: false };
    calls.set(key, call);
    call.submitted = submit(key, call).catch((error: unknown) => fail(key, redisError(link.label, error)));
    return call;
  }

  async function submit(key: string, call: Call): Promise<void> {
    const known = await queue.getJob(key);
    if (known !== undefined && !hasFailed(known)) {
      call.takenOver = true;
      if (known.finishedOn !== undefined) deliver(key, known.returnvalue);
      return;
    }
    // It failed for somebody before. Where another one was faster, the job is there again or under way.
    await known?.remove().catch(() => undefined);
    if (calls.get(key) === call) await add(key, call);
  }

  function add(key: string, { request }: Call): Promise<unknown> {
    return queue.add('call', { request }, { jobId: key });
  }

  async function look(key: string, call: Call): Promise<void> {
    await call.submitted;
    const job = await queue.getJob(key);
    if (calls.get(key) !== call) return;
    if (job === undefined) await add(key, call);
    else if (hasFailed(job)) fail(key, callError(job.failedReason));
    else if (job.finishedOn !== undefined) deliver(key, job.returnvalue);
  }

  function deliver(key: string, answer: StoredAnswer): void {
    const call = calls.get(key);
    if (call === undefined) return;
    calls.delete(key);
    handedOn.push({ key, at: performance.now() });
    for (const { resolve } of call.waiters) resolve(call.takenOver ? { ...answer, takenOver: true } : answer);
  }

  function fail(key: string, error: Error): void {
    const call = calls.get(key);
    calls.delete(key);
    for (const { reject } of call?.waiters ?? []) reject(error);
  }

  /** Nobody waits any more: a call that was not begun is not made. */
  async function takeBack(key: string, call: Call): Promise<void> {
    if (calls.get(key) === call) calls.delete(key);
    await call.submitted;
    const job = await queue.getJob(key);
    // Asked for again meanwhile, or begun: then its answer will be paid for, and shall be found.
    if (calls.has(key) || job?.processedOn !== undefined) return;
    await job?.remove();
  }

  async function clear(handedOnBefore: number): Promise<void> {
    const keep = handedOn.findIndex(({ at }) => at > handedOnBefore);
    const old = handedOn.splice(0, keep < 0 ? handedOn.length : keep);
    await Promise.all(old.filter(({ key }) => !calls.has(key)).map(({ key }) => queue.remove(key)));
  }

  return {
    ask(key, request, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted === true) {
          reject(interruptedCall());
          return;
        }
        const call = calls.get(key) ?? begin(key, request);
        const stop = (): void => {
          call.waiters.delete(waiter);
          reject(interruptedCall());
          if (call.waiters.size === 0) inBackground(takeBack(key, call));
        };
        const settled =
          <Value>(settle: (value: Value) => void) =>
          (value: Value): void => {
            signal?.removeEventListener('abort', stop);
            settle(value);
          };
        const waiter: Waiter = { resolve: settled(resolve), reject: settled(reject) };
        call.waiters.add(waiter);
        signal?.addEventListener('abort', stop, { once: true });
      });
    },
    async sweep() {
      await Promise.all([...calls].map(([key, call]) => look(key, call)));
      await clear(performance.now() - handedOnMs);
    },
    rejectAll(error) {
      for (const key of [...calls.keys()]) fail(key, error);
    },
    workers: () => queue.getWorkersCount(),
    async close() {
      for (const [key, call] of [...calls]) {
        fail(key, interruptedCall());
        inBackground(takeBack(key, call));
      }
      if (link.lostForMs() > 0) {
        // Nothing can be said to a server that is away; this ends the attempts to reach it.
        void events.close().catch(() => undefined);
        return;
      }
      await Promise.all(background);
      await clear(Infinity);
      await events.close();
      await queue.close();
    },
  };
}

function hasFailed({ finishedOn, returnvalue }: Job<CallJob, StoredAnswer>): boolean {
  return finishedOn !== undefined && (returnvalue as StoredAnswer | null | undefined) == null;
}

/** What a failed job says. BullMQ's own words mean that worker after worker died with the call. */
function callError(failedReason: string): Error {
  if (!failedReason.startsWith('job stalled')) return unpackError(failedReason);
  return new BezoarError(
    'PROVIDER_UNAVAILABLE',
    'Every worker that began the call died before it was answered.',
    {
      advice: 'See what the workers said last; the same command tries the call again.',
      data: { mayBeBilled: true },
    },
  );
}
