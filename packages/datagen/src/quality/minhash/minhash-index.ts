import { BezoarError } from '@bezoar/core';
import { extendHash } from '../hash-words.ts';
import { createBandTables } from './band-tables.ts';
import { chooseBanding } from './choose-banding.ts';
import { createDisjointSets } from './disjoint-sets.ts';
import { createGrowableWords } from './growable-words.ts';
import { decodeIndex, encodeIndex, type IndexParts } from './index-bytes.ts';
import { jaccard } from './jaccard.ts';
import { createMinHasher } from './min-hasher.ts';
import { shingleSet } from './shingle-set.ts';

export interface MinHashIndexOptions {
  /** Words of a signature: more find pairs at the threshold with fewer candidates to verify. 128 by default. */
  readonly permutations?: number;
  /** Jaccard similarity of the shingle sets from which two texts are near-duplicates; 0.7 by default. */
  readonly threshold?: number;
  readonly seed?: number;
  /** Words per shingle; 5 by default. */
  readonly shingleWords?: number;
  /** The least probability that a pair exactly at the threshold is found; 0.95 by default. Closer pairs are found more often. */
  readonly recall?: number;
}

export interface NearDuplicate {
  readonly id: string;
  /** Exact Jaccard similarity of the shingle sets. */
  readonly similarity: number;
  /** The id of the earliest member of its cluster. */
  readonly cluster: string;
}

/** Texts by their word shingles, found again by MinHash signatures in bands and verified exactly. */
export interface MinHashIndex {
  readonly size: number;
  /** Texts at or above the threshold, the most similar first. Texts with equal shingles are found as the first of them. */
  find(text: string): NearDuplicate[];
  /** Remembers a text and joins it with every near-duplicate into one cluster. */
  add(id: string, text: string): void;
  /** Groups of two or more texts that are connected by near-duplicates, in the order of their first members. */
  clusters(): string[][];
  /** Everything, for `minHashIndexFromBytes`. */
  toBytes(): Uint8Array<ArrayBuffer>;
}

/**
 * Near-duplicate search over many texts (MinHash: Broder 1997; banding: Leskovec, Rajaraman and Ullman, ch. 3). The same
 * options and texts give the same results everywhere. Throws BezoarError BAD_CONFIG.
 */
export function createMinHashIndex(options: MinHashIndexOptions = {}): MinHashIndex {
  const { permutations = 128, threshold = 0.7, seed = 0, shingleWords = 5, recall = 0.95 } = options;
  checkOptions({ permutations, threshold, shingleWords, recall });
  const none = new Uint32Array();
  return openIndex({
    options: { permutations, threshold, seed, shingleWords, recall },
    ids: [],
    words: { parents: none, entries: none, ends: none, shingles: none, keys: none },
  });
}

/** Goes on with an index that `toBytes` saved. Throws BezoarError BAD_FILE. */
export function minHashIndexFromBytes(bytes: Uint8Array): MinHashIndex {
  return openIndex(decodeIndex(bytes));
}

/** What no text has: one without words is remembered, but like no other. */
const noEntry = 0xffffffff;

interface Match {
  readonly entry: number;
  readonly similarity: number;
}

/** A text as it was looked up last. */
interface Look {
  readonly text: string;
  readonly set: Uint32Array;
  readonly keys: Uint32Array;
  readonly found: readonly Match[];
}

function openIndex({ options, ids: storedIds, words }: IndexParts): MinHashIndex {
  const { permutations, threshold, seed, shingleWords } = options;
  const hasher = createMinHasher({ permutations, seed });
  const tables = createBandTables(chooseBanding(options), words.keys);
  /** Items are added texts; entries are distinct shingle sets, and `ends` says where each one's shingles end. */
  const ids = [...storedIds];
  const clusters = createDisjointSets(words.parents);
  const entries = createGrowableWords(words.entries);
  const ends = createGrowableWords(words.ends);
  const shingles = createGrowableWords(words.shingles);
  const firstItem = createGrowableWords();
  const bySet = new Map<number, number>();
  for (let item = 0; item < ids.length; item++) {
    if (entries.at(item) === firstItem.length) remember(item);
  }

  function setOf(entry: number): Uint32Array {
    return shingles.slice(entry === 0 ? 0 : ends.at(entry - 1), ends.at(entry));
  }
  function remember(item: number): void {
    const hash = hashSet(setOf(firstItem.length));
    if (!bySet.has(hash)) bySet.set(hash, firstItem.length);
    firstItem.push(item);
  }
  function sameSet(set: Uint32Array): number | undefined {
    const entry = bySet.get(hashSet(set));
    return entry !== undefined && jaccard(set, setOf(entry)) === 1 ? entry : undefined;
  }
  function matches(set: Uint32Array, keys: Uint32Array): Match[] {
    const found: Match[] = [];
    tables.candidates(keys, (entry) => {
      const similarity = jaccard(set, setOf(entry));
      if (similarity >= threshold) found.push({ entry, similarity });
    });
    return found.sort((a, b) => b.similarity - a.similarity || a.entry - b.entry);
  }
  // What is not found is usually added next: do not hash it twice.
  let last: Look | undefined;
  function look(text: string): Look {
    if (last?.text === text) return last;
    const set = shingleSet(text, shingleWords);
    const keys = tables.keysOf(hasher.sign(set));
    last = { text, set, keys, found: set.length === 0 ? [] : matches(set, keys) };
    return last;
  }

  return {
    get size() {
      return ids.length;
    },
    find: (text) =>
      look(text).found.map(({ entry, similarity }) => {
        const item = firstItem.at(entry);
        return { id: ids[item]!, similarity, cluster: ids[clusters.find(item)]! };
      }),
    add(id, text) {
      const { set, keys, found } = look(text);
      last = undefined;
      const item = ids.push(id) - 1;
      clusters.add();
      for (const { entry } of found) clusters.union(item, firstItem.at(entry));
      if (set.length === 0) {
        entries.push(noEntry);
        return;
      }
      const same = sameSet(set);
      entries.push(same ?? firstItem.length);
      if (same !== undefined) return;
      tables.add(keys);
      shingles.append(set);
      ends.push(shingles.length);
      remember(item);
    },
    clusters() {
      const groups = new Map<number, string[]>();
      for (const [item, id] of ids.entries()) {
        const root = clusters.find(item);
        const group = groups.get(root);
        if (group === undefined) groups.set(root, [id]);
        else group.push(id);
      }
      return [...groups.values()].filter((group) => group.length > 1);
    },
    toBytes() {
      const all = (list: { length: number; slice(start: number, end: number): Uint32Array }): Uint32Array =>
        list.slice(0, list.length);
      return encodeIndex({
        options,
        ids,
        words: {
          parents: all(clusters.parents),
          entries: all(entries),
          ends: all(ends),
          shingles: all(shingles),
          keys: all(tables.keys),
        },
      });
    },
  };
}

function hashSet(set: Uint32Array): number {
  let hash = 0;
  for (const shingle of set) hash = extendHash(hash, shingle);
  return hash;
}

function checkOptions(options: Required<Omit<MinHashIndexOptions, 'seed'>>): void {
  const { permutations, threshold, shingleWords, recall } = options;
  const problem = !(Number.isInteger(permutations) && permutations >= 1)
    ? `permutations is ${permutations}; it must be a positive integer`
    : !(Number.isInteger(shingleWords) && shingleWords >= 1)
      ? `shingleWords is ${shingleWords}; it must be a positive integer`
      : !(threshold > 0 && threshold <= 1)
        ? `threshold is ${threshold}; it must be above 0 and at most 1`
        : !(recall > 0 && recall < 1)
          ? `recall is ${recall}; it must be between 0 and 1`
          : undefined;
  if (problem !== undefined) throw new BezoarError('BAD_CONFIG', `MinHash: ${problem}.`);
}
