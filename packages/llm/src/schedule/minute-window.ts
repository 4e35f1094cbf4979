/** One amount that was let through. */
interface Entry {
  readonly at: number;
  amount: number;
  gone: boolean;
}

/** What passed in the last minute. */
export interface MinuteWindow {
  readonly limit: number;
  setLimit(limit: number): void;
  /** Milliseconds until an amount may pass; 0 is now. More than the limit passes alone, in an empty minute. */
  waitFor(amount: number): number;
  /** Lets a whole amount pass. The returned function corrects it: an estimate becomes what it was. */
  take(amount: number): (actual: number) => void;
  /** The provider counts more than we do: someone else uses the same key, or it counts in another way. */
  resync(remaining: number, resetMs: number | undefined): void;
}

/** Calls take a moment to arrive, some longer than others: a minute here is a little longer than the server's. */
const windowMs = 60_500;

/**
 * A sliding window over the last minute: no minute sees more than the limit, and all of it may be used. Unlike a bucket
 * that refills, it keeps the promise also to servers that count in whole minutes.
 */
export function createMinuteWindow(initial: number, now: () => number): MinuteWindow {
  let limit = initial;
  let entries: Entry[] = [];
  let first = 0;
  let used = 0;
  const expire = (): void => {
    const start = now() - windowMs;
    while (first < entries.length && entries[first]!.at <= start) {
      const entry = entries[first++]!;
      entry.gone = true;
      used -= entry.amount;
    }
    if (first > 1024 && first * 2 > entries.length) {
      entries = entries.slice(first);
      first = 0;
    }
  };
  return {
    get limit() {
      return limit;
    },
    setLimit(value) {
      limit = value;
    },
    waitFor(amount) {
      expire();
      let over = used + Math.min(amount, limit) - limit;
      let last = first;
      while (over > 0 && last < entries.length) over -= entries[last++]!.amount;
      return last === first ? 0 : Math.max(0, entries[last - 1]!.at + windowMs - now());
    },
    take(amount) {
      const entry: Entry = { at: now(), amount, gone: false };
      entries.push(entry);
      used += amount;
      return (actual) => {
        if (!entry.gone) used += actual - entry.amount;
        entry.amount = actual;
      };
    },
    resync(remaining, resetMs) {
      expire();
      const missing = limit - used - remaining;
      if (missing <= 0) return;
      // Placed so that it is forgotten when the provider says that everything is there again.
      const at = now() - windowMs + Math.min(resetMs ?? windowMs, windowMs);
      let place = entries.length;
      while (place > first && entries[place - 1]!.at > at) place--;
      entries.splice(place, 0, { at, amount: missing, gone: false });
      used += missing;
    },
  };
}
