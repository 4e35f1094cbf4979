import { extendHash } from '../hash-words.ts';
import type { Banding } from './choose-banding.ts';
import { createGrowableWords, type GrowableWords } from './growable-words.ts';

/** Locality-sensitive buckets: one hash table per band, in which entries with the same band are neighbours. */
export interface BandTables {
  /** One key per band of a signature, valid until the next call. */
  keysOf(signature: Uint32Array): Uint32Array;
  /** Adds the next entry: 0, 1, 2, … */
  add(keys: Uint32Array): void;
  /** Calls back for every entry that shares a band, once each. */
  candidates(keys: Uint32Array, visit: (entry: number) => void): void;
  /** All keys, entry by entry: what `createBandTables` restores from. */
  readonly keys: GrowableWords;
}

/** Chained tables in typed arrays; they double when entries outnumber buckets, so a chain stays short. */
export function createBandTables(
  { bands, rows }: Banding,
  stored: Uint32Array = new Uint32Array(),
): BandTables {
  const keys = createGrowableWords(stored);
  const current = new Uint32Array(bands);
  let size = 0;
  let buckets = 1024;
  /** Entry + 1 that a chain starts with, by band and bucket; 0 is none. */
  let heads = new Uint32Array(bands * buckets);
  /** Entry + 1 that comes next, by entry and band. */
  const next = createGrowableWords();
  /** The query that last saw an entry, so that each is visited once. */
  const seen = createGrowableWords();
  let query = 0;

  const link = (entry: number): void => {
    for (let band = 0; band < bands; band++) {
      const bucket = band * buckets + (keys.at(entry * bands + band) & (buckets - 1));
      next.set(entry * bands + band, heads[bucket]!);
      heads[bucket] = entry + 1;
    }
  };
  const enter = (): void => {
    next.append(current);
    seen.push(0);
    size++;
    if (size <= buckets) {
      link(size - 1);
      return;
    }
    buckets *= 2;
    heads = new Uint32Array(bands * buckets);
    for (let entry = 0; entry < size; entry++) link(entry);
  };
  while (size * bands < stored.length) enter();

  return {
    keys,
    keysOf(signature) {
      for (let band = 0; band < bands; band++) {
        let key = 0;
        for (let i = band * rows; i < (band + 1) * rows; i++) key = extendHash(key, signature[i]!);
        current[band] = key;
      }
      return current;
    },
    add(added) {
      keys.append(added);
      enter();
    },
    candidates(wanted, visit) {
      query = (query + 1) >>> 0;
      for (let band = 0; band < bands; band++) {
        const key = wanted[band]!;
        let link = heads[band * buckets + (key & (buckets - 1))]!;
        while (link !== 0) {
          const entry = link - 1;
          if (keys.at(entry * bands + band) === key && seen.at(entry) !== query) {
            seen.set(entry, query);
            visit(entry);
          }
          link = next.at(entry * bands + band);
        }
      }
    },
  };
}
