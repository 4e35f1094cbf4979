import { extendHash, hashWord } from '../hash-words.ts';
import { createGrowableWords } from '../minhash/growable-words.ts';

export interface Phrase {
  /** Number of the document, in the order in which they were added. */
  readonly document: number;
  readonly words: readonly string[];
}

/** Runs of words of many documents, found again in any text. */
export interface PhraseIndex {
  /** All runs of `length` words of a document, or the document as a whole when it is shorter. */
  add(words: readonly string[]): void;
  /** The first run in the text that a document has too. */
  find(words: readonly string[]): Phrase | undefined;
}

/** `size` words of a text from `at` on. */
interface Span {
  readonly words: readonly string[];
  readonly at: number;
  readonly size: number;
}

/** Runs are looked up by a 32-bit hash and then compared word by word: no hit is a coincidence of hashes. */
export function createPhraseIndex(length: number): PhraseIndex {
  const documents: (readonly string[])[] = [];
  /** By hash: the last run that was added with it. */
  const heads = new Map<number, number>();
  /** By run, three words: document, first word, the run before with the same hash + 1 (0 is none). */
  const runs = createGrowableWords();
  /** Lengths that occur: `length`, and those of shorter documents. */
  const lengths = new Set<number>();

  const matches = (run: number, { words, at, size }: Span): boolean => {
    const document = documents[runs.at(3 * run)]!;
    const start = runs.at(3 * run + 1);
    if (Math.min(length, document.length) !== size) return false;
    for (let i = 0; i < size; i++) if (document[start + i] !== words[at + i]) return false;
    return true;
  };
  const lookUp = (hash: number, span: Span): number | undefined => {
    let run = heads.get(hash);
    while (run !== undefined && !matches(run, span)) {
      const link = runs.at(3 * run + 2);
      run = link === 0 ? undefined : link - 1;
    }
    return run;
  };

  return {
    add(words) {
      if (words.length === 0) return;
      const document = documents.push(words) - 1;
      const size = Math.min(length, words.length);
      lengths.add(size);
      const hashes = words.map(hashWord);
      for (let at = 0; at + size <= words.length; at++) {
        let hash = 0;
        for (let i = 0; i < size; i++) hash = extendHash(hash, hashes[at + i]!);
        if (lookUp(hash, { words, at, size }) !== undefined) continue;
        runs.append(Uint32Array.of(document, at, (heads.get(hash) ?? -1) + 1));
        heads.set(hash, runs.length / 3 - 1);
      }
    },
    find(words) {
      const hashes = words.map(hashWord);
      for (let at = 0; at < words.length; at++) {
        let hash = 0;
        for (let size = 1; size <= length && at + size <= words.length; size++) {
          hash = extendHash(hash, hashes[at + size - 1]!);
          if (!lengths.has(size)) continue;
          const run = lookUp(hash, { words, at, size });
          if (run !== undefined) return { document: runs.at(3 * run), words: words.slice(at, at + size) };
        }
      }
      return undefined;
    },
  };
}
