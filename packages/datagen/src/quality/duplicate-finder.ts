import { BezoarError } from '@bezoar/core';
import { createDuplicateIndex, type DuplicateKind } from '../text/duplicate-index.ts';
import { fold } from '../text/fold.ts';
import { createMinHashIndex, type MinHashIndex } from './minhash/minhash-index.ts';

/** `exact` after folding case and space; `rouge-l` by word order, all pairs; `minhash` by word 5-grams, for many rows. */
export type DuplicateMethod = 'exact' | 'rouge-l' | 'minhash';

export interface DuplicateSearch {
  /** `rouge-l` by default. */
  readonly method?: DuplicateMethod;
  /** `rouge-l`: F above which two texts are the same, 1 for exact repeats only. `minhash`: Jaccard from which they are. 0.7 by default. */
  readonly threshold?: number;
  /** Draws the hash functions of `minhash`. */
  readonly seed?: number;
  /**
   * `minhash` only: goes on with an index (and its threshold), so that repeats of rows of an earlier run are found; new
   * rows are added to it.
   */
  readonly index?: MinHashIndex;
}

interface Repeat {
  readonly kind: DuplicateKind;
  /** The id of the text that was there first. */
  readonly cluster: string;
  readonly evidence: string;
}

/** Finds the earlier text that a text repeats, or remembers the text. */
export interface DuplicateFinder {
  findOrAdd(id: string, text: string): Repeat | undefined;
}

/** Throws BezoarError BAD_CONFIG. */
export function createDuplicateFinder(options: DuplicateSearch): DuplicateFinder {
  const { method = 'rouge-l', threshold = 0.7, index } = options;
  if (!(threshold > 0 && threshold <= 1))
    throw new BezoarError('BAD_CONFIG', `threshold is ${threshold}; it must be above 0 and at most 1.`);
  if (index !== undefined && method !== 'minhash')
    throw new BezoarError('BAD_CONFIG', `The method ${method} has no use for an index.`, {
      advice: 'Choose the method minhash, or leave the index out.',
    });
  return method === 'minhash' ? minHashFinder(options) : pairwiseFinder(method === 'exact' ? 1 : threshold);
}

function pairwiseFinder(threshold: number): DuplicateFinder {
  const index = createDuplicateIndex({ threshold });
  const ids = new Map<string, string>();
  return {
    findOrAdd(id, text) {
      const finding = index.find(text);
      if (finding !== undefined)
        return { kind: finding.kind, cluster: ids.get(finding.of)!, evidence: `same as: ${finding.of}` };
      index.add(text);
      ids.set(text, id);
      return undefined;
    },
  };
}

function minHashFinder({ threshold = 0.7, seed = 0, index }: DuplicateSearch): DuplicateFinder {
  const near = index ?? createMinHashIndex({ threshold, seed });
  const exact = new Map<string, string>();
  return {
    findOrAdd(id, text) {
      const same = exact.get(fold(text));
      if (same !== undefined) return { kind: 'duplicate', cluster: same, evidence: 'same text' };
      const [nearest] = near.find(text);
      if (nearest !== undefined) {
        const evidence = `Jaccard ${nearest.similarity.toFixed(3)} with ${nearest.id}`;
        return { kind: 'near-duplicate', cluster: nearest.cluster, evidence };
      }
      exact.set(fold(text), id);
      near.add(id, text);
      return undefined;
    },
  };
}
