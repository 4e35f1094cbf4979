export { openBullMqQueue, type BullMqQueue, type BullMqQueueOptions } from './queue/open-bullmq-queue.ts';
export type { RedisAddress } from './queue/redis-address.ts';
export {
  startCallWorker,
  type CallWorker,
  type CallWorkerOptions,
  type CallWorkerState,
} from './queue/start-call-worker.ts';
