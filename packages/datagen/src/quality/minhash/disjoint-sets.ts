import { createGrowableWords, type GrowableWords } from './growable-words.ts';

/** Union-find with path halving; the root of a set is its earliest member. */
export interface DisjointSets {
  readonly parents: GrowableWords;
  add(): void;
  find(member: number): number;
  union(a: number, b: number): void;
}

export function createDisjointSets(stored: Uint32Array = new Uint32Array()): DisjointSets {
  const parents = createGrowableWords(stored);
  const find = (member: number): number => {
    let at = member;
    while (parents.at(at) !== at) {
      parents.set(at, parents.at(parents.at(at)));
      at = parents.at(at);
    }
    return at;
  };
  return {
    parents,
    add: () => parents.push(parents.length),
    find,
    union(a, b) {
      const [first, second] = [find(a), find(b)];
      parents.set(Math.max(first, second), Math.min(first, second));
    },
  };
}
