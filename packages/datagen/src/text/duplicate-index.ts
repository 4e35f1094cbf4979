import { fold } from './fold.ts';
import { rougeL, rougeTokens } from './rouge-l.ts';

export type DuplicateKind = 'duplicate' | 'near-duplicate';

export interface DuplicateFinding {
  readonly kind: DuplicateKind;
  /** The text that was there first. */
  readonly of: string;
}

/** Remembers texts and finds repeats: equal after folding case and space, or with a ROUGE-L above the threshold. */
export interface DuplicateIndex {
  find(text: string): DuplicateFinding | undefined;
  add(text: string): void;
}

export interface DuplicateIndexOptions {
  /** ROUGE-L F above which two texts are the same; 0.7 as in Self-Instruct (Wang et al. 2022), 1 for exact repeats only. */
  readonly threshold?: number;
}

export function createDuplicateIndex({ threshold = 0.7 }: DuplicateIndexOptions = {}): DuplicateIndex {
  const exact = new Map<string, string>();
  /** By number of words: an F above the threshold bounds the ratio of lengths. */
  const byLength = new Map<
    number,
    { text: string; tokens: readonly string[]; counts: ReadonlyMap<string, number> }[]
  >();
  return {
    find(text) {
      const same = exact.get(fold(text));
      if (same !== undefined) return { kind: 'duplicate', of: same };
      if (threshold >= 1) return undefined;
      const tokens = rougeTokens(text);
      const counts = countWords(tokens);
      // F = 2·LCS/(n + m) and LCS ≤ min(n, m), so the lengths are within a factor of (2 − t)/t.
      const ratio = (2 - threshold) / threshold;
      for (let length = Math.ceil(tokens.length / ratio); length <= tokens.length * ratio; length++) {
        for (const other of byLength.get(length) ?? []) {
          const bound = (2 * overlap(counts, other.counts)) / (tokens.length + length);
          if (bound > threshold && rougeL(other.tokens, tokens).fmeasure > threshold)
            return { kind: 'near-duplicate', of: other.text };
        }
      }
      return undefined;
    },
    add(text) {
      exact.set(fold(text), text);
      const tokens = rougeTokens(text);
      const entry = { text, tokens, counts: countWords(tokens) };
      const list = byLength.get(tokens.length);
      if (list === undefined) byLength.set(tokens.length, [entry]);
      else list.push(entry);
    },
  };
}

function countWords(tokens: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  return counts;
}

/** Words in common, an upper bound of the common subsequence that is cheap to compute. */
function overlap(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let shared = 0;
  for (const [word, count] of a) shared += Math.min(count, b.get(word) ?? 0);
  return shared;
}
