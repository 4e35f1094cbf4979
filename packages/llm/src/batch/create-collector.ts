import type { Clock } from '../schedule/clock.ts';
import type { BatchLimits } from './batch-api.ts';

/** Gathers items until a batch is full or nothing more comes. */
export interface Collector<Item> {
  add(item: Item): void;
  /** False when it was handed on already. */
  remove(item: Item): boolean;
}

export interface CollectorOptions<Item> {
  readonly limits: () => BatchLimits;
  readonly bytesOf: (item: Item) => number;
  /** Handed on when so long nothing came, or ten times as long after the first. */
  readonly lingerMs: number;
  readonly clock: Clock;
  readonly handOn: (items: readonly Item[]) => void;
}

export function createCollector<Item>(options: CollectorOptions<Item>): Collector<Item> {
  const { lingerMs, clock, limits, bytesOf, handOn } = options;
  const items = new Set<Item>();
  let bytes = 0;
  let firstAt = 0;
  let alarm = new AbortController();

  const flush = (): void => {
    alarm.abort();
    const all = [...items];
    items.clear();
    bytes = 0;
    if (all.length > 0) handOn(all);
  };
  const wait = async (): Promise<void> => {
    alarm.abort();
    alarm = new AbortController();
    const { signal } = alarm;
    await clock.sleep(Math.min(lingerMs, firstAt + 10 * lingerMs - clock.now()), signal);
    if (!signal.aborted) flush();
  };
  return {
    add(item) {
      const size = bytesOf(item);
      const { requests: mostItems, bytes: mostBytes } = limits();
      if (items.size >= mostItems || bytes + size > mostBytes) flush();
      if (items.size === 0) firstAt = clock.now();
      items.add(item);
      bytes += size;
      void wait();
    },
    remove(item) {
      if (!items.delete(item)) return false;
      bytes -= bytesOf(item);
      if (items.size === 0) alarm.abort();
      return true;
    },
  };
}
