import type { Rng } from '@bezoar/core';

export interface PackOptions {
  /** Tokens of every example. */
  readonly lengths: readonly number[];
  /** Tokens that a pack may hold. A longer example is a pack of its own. */
  readonly capacity: number;
  /** Decides which of equally long examples meet. In their order without it. */
  readonly rng?: Rng | undefined;
}

/**
 * Examples into packs by first-fit decreasing: the longest first, each into the first pack that has room (at most 11/9 of the least
 * possible number, and one more; Dósa 2007). Nothing is cut. How many packs there are depends on the lengths only, never on the draw.
 * Returns indices of examples.
 */
export function packExamples({ lengths, capacity, rng }: PackOptions): number[][] {
  const indices = lengths.map((_, index) => index);
  const order = (rng?.shuffle(indices) ?? indices).toSorted((a, b) => lengths[b]! - lengths[a]!);
  const room = createRooms(lengths.length, capacity);
  const packs: number[][] = [];
  for (const index of order) {
    const place = Math.min(room.firstWith(lengths[index]!), packs.length);
    (packs[place] ??= []).push(index);
    room.take(place, lengths[index]!);
  }
  return packs;
}

/** Free tokens of packs in a tree of maxima, so that the first pack with room is found in logarithmic time. */
function createRooms(
  count: number,
  capacity: number,
): { firstWith(length: number): number; take(place: number, length: number): void } {
  let leaves = 1;
  while (leaves < count) leaves *= 2;
  const tree = new Float64Array(2 * leaves).fill(capacity);
  return {
    firstWith(length) {
      // No pack holds more than one that is longer than all of them.
      if (tree[1]! < length) return Infinity;
      let node = 1;
      while (node < leaves) node = tree[2 * node]! >= length ? 2 * node : 2 * node + 1;
      return node - leaves;
    },
    take(place, length) {
      let node = place + leaves;
      tree[node] = tree[node]! - length;
      for (node >>= 1; node >= 1; node >>= 1) tree[node] = Math.max(tree[2 * node]!, tree[2 * node + 1]!);
    },
  };
}
