import { createRng } from '@bezoar/core';

export interface MinHasher {
  /** One word per permutation, valid until the next call. Two sets agree in a word with probability of their Jaccard. */
  sign(shingles: Uint32Array): Uint32Array;
}

/**
 * MinHash (Broder 1997): the least value of the set under each of `permutations` hash functions h(x) = a·x + b mod 2³²,
 * a odd, so that each permutes the 32-bit words. The shingles come mixed, which a linear hash alone would not do.
 */
export function createMinHasher({ permutations, seed }: { permutations: number; seed: number }): MinHasher {
  const rng = createRng(seed).fork('minhash');
  const factors = Int32Array.from({ length: permutations }, () => rng.int(2 ** 32) | 1);
  const offsets = Int32Array.from({ length: permutations }, () => rng.int(2 ** 32) | 0);
  const signature = new Uint32Array(permutations);
  return {
    sign(shingles) {
      for (let i = 0; i < permutations; i++) {
        const a = factors[i]!;
        const b = offsets[i]!;
        // Signed, as both comparison and minimum then stay in 32-bit integers.
        let least = 0x7fffffff;
        for (let j = 0; j < shingles.length; j++) {
          const value = (Math.imul(a, shingles[j]!) + b) | 0;
          if (value < least) least = value;
        }
        signature[i] = least;
      }
      return signature;
    },
  };
}
