/**
 * Seeded randomness for everything on the host: sampling seeds, choosing operations, shuffling, initial weights.
 * Generator: xoshiro128** (Blackman and Vigna, 2018), its state filled by SplitMix32. Same seed, same numbers,
 * on every machine. Dropout on a device uses a counter RNG of its own (see the backend contract).
 */
export interface Rng {
  /** Uniform in [0, 1), 32 bits of randomness. */
  next(): number;
  /** Uniform integer in [0, bound). */
  int(bound: number): number;
  /** Standard normal, by Box and Muller. */
  normal(): number;
  /** One element, uniformly. Throws a RangeError on an empty list. */
  pick<Item>(items: readonly Item[]): Item;
  /** One element with probability proportional to its weight. */
  pickWeighted<Item>(items: readonly Item[], weights: readonly number[]): Item;
  /** `count` distinct elements in random order. */
  sample<Item>(items: readonly Item[], count: number): Item[];
  /** A shuffled copy (Fisher and Yates). */
  shuffle<Item>(items: readonly Item[]): Item[];
  /** An independent generator for a named part, whatever was drawn from this one before. */
  fork(label: string): Rng;
  /** The four state words: enough to go on exactly from here. */
  state(): RngState;
}

export type RngState = readonly [number, number, number, number];

/** A generator (xoshiro128**, seeded by SplitMix32) whose draws are the same on every machine. A text is hashed to a seed. */
export function createRng(seed: number | string): Rng {
  const hash = typeof seed === 'string' ? hashString(seed) : seed >>> 0;
  return fromState(expand(hash), hash);
}

/** Goes on from a saved state. Forks of a restored generator equal forks of one created with `seed`. */
export function restoreRng(state: RngState, seed: number | string = 0): Rng {
  const hash = typeof seed === 'string' ? hashString(seed) : seed >>> 0;
  return fromState(state, hash);
}

function fromState(initial: RngState, seedHash: number): Rng {
  let [a, b, c, d] = initial;

  const nextWord = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotateLeft(d, 11);
    return result;
  };

  const rng: Rng = {
    next: () => nextWord() / 4294967296,
    int(bound) {
      if (!Number.isInteger(bound) || bound <= 0)
        throw new RangeError(`int(${bound}): the bound must be a positive integer`);
      return Math.floor(rng.next() * bound);
    },
    normal() {
      const radius = Math.sqrt(-2 * Math.log(1 - rng.next()));
      return radius * Math.cos(2 * Math.PI * rng.next());
    },
    pick(items) {
      if (items.length === 0) throw new RangeError('pick: the list is empty');
      return items[rng.int(items.length)]!;
    },
    pickWeighted(items, weights) {
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      if (items.length === 0 || items.length !== weights.length || !(total > 0)) {
        throw new RangeError('pickWeighted: as many weights as items, and a positive sum, are needed');
      }
      let rest = rng.next() * total;
      for (let i = 0; i < items.length; i++) {
        rest -= weights[i]!;
        if (rest < 0) return items[i]!;
      }
      return items[weights.findLastIndex((weight) => weight > 0)]!;
    },
    sample(items, count) {
      if (count > items.length) throw new RangeError(`sample: ${count} of ${items.length} items`);
      return rng.shuffle(items).slice(0, count);
    },
    shuffle(items) {
      const copy = items.slice();
      for (let i = copy.length - 1; i > 0; i--) {
        const j = rng.int(i + 1);
        [copy[i], copy[j]] = [copy[j]!, copy[i]!];
      }
      return copy;
    },
    fork: (label) => createRng((hashString(label) ^ Math.imul(seedHash, 0x9e3779b1)) >>> 0),
    state: () => [a >>> 0, b >>> 0, c >>> 0, d >>> 0],
  };
  return rng;
}

function rotateLeft(x: number, k: number): number {
  return (x << k) | (x >>> (32 - k));
}

/** SplitMix32: spreads one word over the four state words. */
function expand(seed: number): RngState {
  let z = seed >>> 0;
  const word = (): number => {
    z = (z + 0x9e3779b9) >>> 0;
    let t = z ^ (z >>> 16);
    t = Math.imul(t, 0x21f0aaad);
    t ^= t >>> 15;
    t = Math.imul(t, 0x735a2d97);
    return (t ^ (t >>> 15)) >>> 0;
  };
  return [word(), word(), word(), word()];
}

/** FNV-1a over UTF-16 code units. */
function hashString(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}
