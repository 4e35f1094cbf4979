import { importSdk } from '../providers/import-optional.ts';
import type { CallQueue } from './call-queue.ts';
import { connectRedis, redisError } from './connect-redis.ts';
import { defaultQueueName, modelQueueName } from './model-queue.ts';
import { openLane, type Lane } from './open-lane.ts';
import { parseRedisAddress, type RedisAddress } from './redis-address.ts';

export interface BullMqQueueOptions {
  /** `redis://host:6379`, or the same in parts. */
  readonly connection: string | RedisAddress;
  /** Calls of different names never meet. `bezoar` by default. */
  readonly name?: string;
  /**
   * How long an answer stays in Redis that nobody has fetched: a process that was killed finds it there when it is started
   * again. A day by default.
   */
  readonly keepAnswersMs?: number;
  /** How many workers try a call whose provider does not answer (PROVIDER_UNAVAILABLE), one after the other. 3 by default. */
  readonly attempts?: number;
  /** After so long without Redis the calls that wait are given up. A minute by default. */
  readonly maxOutageMs?: number;
}

export interface BullMqQueue extends CallQueue {
  /** Where it is, for messages: without user and password. */
  readonly label: string;
  /** How many workers serve a model now. */
  workers(modelId: string): Promise<number>;
}

/** Between two looks for answers whose event was missed. */
const sweepMs = 5000;

/**
 * A queue of calls in Redis, over BullMQ: any number of processes on any machine make them (`startCallWorker`). Equal calls
 * are one job, also those of several processes.
 *
 * Throws BezoarError PROVIDER_UNAVAILABLE when Redis does not answer within 5 s, PROVIDER_AUTH when it refuses the password,
 * BAD_CONFIG for an address that is none, MISSING_DEPENDENCY without `bullmq` and `ioredis`.
 */
export async function openBullMqQueue(options: BullMqQueueOptions): Promise<BullMqQueue> {
  const { name = defaultQueueName, keepAnswersMs = 86_400_000, attempts = 3, maxOutageMs = 60_000 } = options;
  const address = parseRedisAddress(options.connection);
  const bullmq = await importSdk(() => import('bullmq'), 'bullmq');
  const link = await connectRedis(address);
  const lanes = new Map<string, Promise<Lane>>();
  let sweeping = false;

  const laneOf = (modelId: string): Promise<Lane> => {
    const known = lanes.get(modelId);
    if (known !== undefined) return known;
    const lane = openLane({ bullmq, link, name: modelQueueName(name, modelId), keepAnswersMs, attempts });
    lanes.set(modelId, lane);
    lane.catch(() => lanes.delete(modelId));
    return lane;
  };
  const opened = (): Promise<readonly Lane[]> =>
    Promise.allSettled(lanes.values()).then((each) =>
      each.flatMap((lane) => (lane.status === 'fulfilled' ? [lane.value] : [])),
    );
  const sweep = async (): Promise<void> => {
    const lost = link.lostForMs();
    if (lost > maxOutageMs) {
      const error = redisError(link.label, new Error(`gone for ${Math.ceil(lost / 1000)} s`));
      for (const lane of await opened()) lane.rejectAll(error);
    }
    if (sweeping || lost > 0) return;
    sweeping = true;
    for (const lane of await opened()) await lane.sweep().catch(() => undefined);
    sweeping = false;
  };
  const timer = setInterval(() => void sweep(), sweepMs);
  timer.unref();

  return {
    label: link.label,
    async enqueue({ key, modelId, request }, { signal } = {}) {
      const lane = await laneOf(modelId).catch((error: unknown) => {
        throw redisError(link.label, error);
      });
      return lane.ask(key, request, signal);
    },
    workers: async (modelId) => (await laneOf(modelId)).workers(),
    async close() {
      clearInterval(timer);
      await Promise.all((await opened()).map((lane) => lane.close()));
      await link.close();
    },
  };
}
