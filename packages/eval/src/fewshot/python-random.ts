import { BezoarError } from '@bezoar/core';

/**
 * CPython's `random.Random(seed)`, bit for bit: the Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998) and the draws
 * that CPython makes from it. LM-Eval-Harness picks few-shot examples with it, so equal prompts need equal draws.
 */
export interface PythonRandom {
  /** `getrandbits(bits)` for 1 to 32 bits. */
  bits(count: number): number;
  /** `random()`: uniform in [0, 1) with 53 bits. */
  random(): number;
  /** `randrange(bound)`, for bounds up to 2³². */
  below(bound: number): number;
  /** `sample(population, count)`: distinct elements in selection order. */
  sample<Item>(population: readonly Item[], count: number): Item[];
}

/** `seed` is a whole number of either sign below 2⁵³. */
export function createPythonRandom(seed: number): PythonRandom {
  const nextWord = createMersenneTwister(seedWords(seed));
  const bits = (count: number): number => nextWord() >>> (32 - count);
  const below = (bound: number): number => {
    const width = bound.toString(2).length;
    if (!Number.isInteger(bound) || bound < 1 || width > 32)
      throw new RangeError(`below(${bound}): the bound must be a whole number of 1 to 2^32 - 1`);
    for (;;) {
      const value = bits(width);
      if (value < bound) return value;
    }
  };
  return {
    bits,
    below,
    random() {
      const high = nextWord() >>> 5;
      const low = nextWord() >>> 6;
      return (high * 2 ** 26 + low) / 2 ** 53;
    },
    sample(population, count) {
      if (count > population.length) {
        throw new BezoarError('BAD_INPUT', `${count} examples cannot be drawn from ${population.length}.`, {
          advice: 'Give more few-shot rows or ask for fewer shots.',
        });
      }
      return sampleIndices(population.length, count, below).map((index) => population[index]!);
    },
  };
}

/** CPython keeps the rest of the population when it is small, and the set of what was taken when it is large. */
function sampleIndices(size: number, count: number, below: (bound: number) => number): number[] {
  const setSize = 21 + (count > 5 ? 4 ** Math.ceil(Math.log(count * 3) / Math.log(4)) : 0);
  if (size > setSize) {
    const taken = new Set<number>();
    while (taken.size < count) taken.add(below(size));
    return [...taken];
  }
  const rest = Array.from({ length: size }, (_, index) => index);
  return Array.from({ length: count }, (_, drawn) => {
    const place = below(size - drawn);
    const chosen = rest[place]!;
    rest[place] = rest[size - drawn - 1]!;
    return chosen;
  });
}

/** |seed| as 32-bit words, the lowest first, as CPython gives it to `init_by_array`. */
function seedWords(seed: number): number[] {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`The seed ${seed} is not a whole number.`);
  const size = Math.abs(seed);
  const high = Math.floor(size / 2 ** 32);
  return high === 0 ? [size >>> 0] : [size >>> 0, high];
}

const stateSize = 624;
const middle = 397;

function createMersenneTwister(key: readonly number[]): () => number {
  const state = initByArray(key);
  let position = stateSize;

  const twist = (): void => {
    for (let i = 0; i < stateSize; i++) {
      const mixed = (state[i]! & 0x80000000) | (state[(i + 1) % stateSize]! & 0x7fffffff);
      const odd = (mixed & 1) === 0 ? 0 : 0x9908b0df;
      state[i] = state[(i + middle) % stateSize]! ^ (mixed >>> 1) ^ odd;
    }
    position = 0;
  };

  return () => {
    if (position === stateSize) twist();
    let word = state[position++]!;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    word ^= word >>> 18;
    return word >>> 0;
  };
}

function initByArray(key: readonly number[]): Uint32Array {
  const state = new Uint32Array(stateSize);
  const mixed = (i: number): number => state[i - 1]! ^ (state[i - 1]! >>> 30);
  state[0] = 19650218;
  for (let i = 1; i < stateSize; i++) state[i] = Math.imul(1812433253, mixed(i)) + i;

  let i = 1;
  const advance = (): void => {
    i += 1;
    if (i < stateSize) return;
    state[0] = state[stateSize - 1]!;
    i = 1;
  };
  for (let step = 0; step < Math.max(stateSize, key.length); step++) {
    const j = step % key.length;
    state[i] = (state[i]! ^ Math.imul(mixed(i), 1664525)) + key[j]! + j;
    advance();
  }
  for (let step = 0; step < stateSize - 1; step++) {
    state[i] = (state[i]! ^ Math.imul(mixed(i), 1566083941)) - i;
    advance();
  }
  state[0] = 0x80000000;
  return state;
}
