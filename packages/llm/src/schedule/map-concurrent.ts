export interface MapConcurrentOptions {
  /** Items that are worked on at the same time; 8 by default. */
  readonly concurrency?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Maps items with some of them in flight at the same time, and yields the results in the order of the items. The first
 * failure stops dispatch; those in flight end before it is thrown, so that a ledger keeps what they were paid for.
 */
export async function* mapConcurrent<Item, Result>(
  items: Iterable<Item>,
  work: (item: Item, index: number) => Promise<Result>,
  { concurrency = 8, signal }: MapConcurrentOptions = {},
): AsyncGenerator<Result> {
  const flight: Promise<{ ok: true; value: Result } | { ok: false; error: unknown }>[] = [];
  const iterator = items[Symbol.iterator]();
  let index = 0;
  let failed = false;
  const dispatch = (): number => {
    while (flight.length < concurrency && !failed && signal?.aborted !== true) {
      const next = iterator.next();
      if (next.done === true) break;
      const settled = work(next.value, index++).then(
        (value) => ({ ok: true, value }) as const,
        (error: unknown) => {
          failed = true;
          return { ok: false, error } as const;
        },
      );
      flight.push(settled);
    }
    return flight.length;
  };
  try {
    while (dispatch() > 0) {
      const result = await flight.shift()!;
      if (!result.ok) throw result.error;
      yield result.value;
    }
    signal?.throwIfAborted();
  } finally {
    await Promise.all(flight);
  }
}
