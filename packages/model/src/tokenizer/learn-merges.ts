/** A distinct word of the corpus: its symbols, and how often it occurs. */
export interface Word {
  readonly symbols: readonly string[];
  readonly count: number;
}

export type Merge = readonly [left: string, right: string];

interface Pair {
  readonly merge: Merge;
  /** Two symbols never contain the space between them. */
  readonly key: string;
  /** Occurrences in the corpus. */
  count: number;
  /** Indices of the words that hold it; of some that held it once, too. */
  readonly words: Set<number>;
}

/**
 * The merges of byte-pair encoding (Sennrich et al. 2016), in order: the most frequent pair first, of equal ones that whose
 * key is first in code-unit order. At most `wanted`; fewer when nothing occurs twice. Only the words that hold the
 * merged pair are counted again.
 */
export function learnMerges(corpus: readonly Word[], wanted: number): Merge[] {
  const words = corpus.map(({ symbols, count }) => ({ symbols, count }));
  const pairs = new Map<string, Pair>();
  const count = (index: number, sign: 1 | -1): void => {
    const word = words[index]!;
    for (const merge of pairsOf(word.symbols)) {
      const key = merge.join(' ');
      const pair = pairs.get(key) ?? { merge, key, count: 0, words: new Set() };
      pair.count += sign * word.count;
      if (pair.count === 0) pairs.delete(key);
      else pairs.set(key, pair);
      if (sign === 1) pair.words.add(index);
    }
  };
  for (const index of words.keys()) count(index, 1);

  const merges: Merge[] = [];
  while (merges.length < wanted) {
    const best = mostFrequent(pairs.values());
    if (best === undefined || best.count < 2) break;
    merges.push(best.merge);
    for (const index of best.words) {
      count(index, -1);
      words[index]!.symbols = mergePair(words[index]!.symbols, best.merge);
      count(index, 1);
    }
  }
  return merges;
}

function* pairsOf(symbols: readonly string[]): Generator<Merge> {
  for (let i = 0; i + 1 < symbols.length; i++) yield [symbols[i]!, symbols[i + 1]!];
}

function mostFrequent(pairs: Iterable<Pair>): Pair | undefined {
  let best: Pair | undefined;
  for (const pair of pairs) {
    if (best === undefined || pair.count > best.count || (pair.count === best.count && pair.key < best.key))
      best = pair;
  }
  return best;
}

function mergePair(symbols: readonly string[], [left, right]: Merge): string[] {
  const merged: string[] = [];
  for (let i = 0; i < symbols.length; i++) {
    if (symbols[i] === left && symbols[i + 1] === right) {
      merged.push(left + right);
      i++;
    } else {
      merged.push(symbols[i]!);
    }
  }
  return merged;
}
