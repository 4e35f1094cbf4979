import type { BullMqQueue } from '@bezoar/llm/bullmq';

export interface WatchWorkersOptions {
  /** Undefined: there is nothing to watch. */
  readonly queue: Pick<BullMqQueue, 'label' | 'workers'> | undefined;
  readonly models: readonly WatchedModel[];
  /** Told how many workers serve a model, when that changes. */
  readonly note: (message: string) => void;
  readonly everyMs?: number;
}

export interface WatchedModel {
  readonly id: string;
  /** As a recipe or a flag names it: `script:./teacher.ts` */
  readonly spec: string;
}

/** Says who makes the calls, so that nobody waits for workers that are not there. Returns what ends it. */
export function watchWorkers({ queue, models, note, everyMs = 5000 }: WatchWorkersOptions): () => void {
  if (queue === undefined || models.length === 0) return () => undefined;
  const counts = new Map<string, number>();
  const look = async ({ id, spec }: WatchedModel): Promise<void> => {
    const count = await queue.workers(id);
    if (stopped || counts.get(id) === count) return;
    counts.set(id, count);
    note(
      count === 0
        ? `no worker serves ${spec}; start one: bezoar worker --queue ${queue.label} --model ${spec}`
        : `${count} ${count === 1 ? 'worker serves' : 'workers serve'} ${spec}`,
    );
  };
  let stopped = false;
  const lookAtAll = (): void => {
    // A queue that is away for long says so itself.
    for (const model of models) void look(model).catch(() => undefined);
  };
  lookAtAll();
  const timer = setInterval(lookAtAll, everyMs);
  timer.unref();
  return () => {
    stopped = true;
    clearInterval(timer);
  };
}
