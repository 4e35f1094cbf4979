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

interface Entry {
  readonly text: string;
  readonly tokens: readonly string[];
  readonly counts: ReadonlyMap<string, number>;
}

/**
 * Exact: it finds what a comparison with every text finds. F = 2·LCS/(n + m) above t, with LCS ≤ min(n, m), needs more
 * than t·n/(2 − t) of the n words in common; so a repeat holds at least one of any n minus that many words, and only the
 * texts that hold one of the rarest are looked at (prefix filtering: Chaudhuri, Ganti and Kaushik 2006).
 */
export function createDuplicateIndex({ threshold = 0.7 }: DuplicateIndexOptions = {}): DuplicateIndex {
  const exact = new Map<string, string>();
  const entries: Entry[] = [];
  const byWord = new Map<string, number[]>();
  const rarest = (tokens: readonly string[]): string[] => {
    const needed = Math.floor((threshold * tokens.length) / (2 - threshold));
    return tokens
      .map((word) => ({ word, frequency: byWord.get(word)?.length ?? 0 }))
      .sort((a, b) => a.frequency - b.frequency)
      .slice(0, tokens.length - needed)
      .map(({ word }) => word);
  };
  return {
    find(text) {
      const same = exact.get(fold(text));
      if (same !== undefined) return { kind: 'duplicate', of: same };
      if (threshold >= 1) return undefined;
      const tokens = rougeTokens(text);
      const counts = countWords(tokens);
      const candidates = new Set(rarest(tokens).flatMap((word) => byWord.get(word) ?? []));
      for (const candidate of candidates) {
        const other = entries[candidate]!;
        const total = tokens.length + other.tokens.length;
        if ((2 * Math.min(tokens.length, other.tokens.length)) / total <= threshold) continue;
        if ((2 * overlap(counts, other.counts)) / total <= threshold) continue;
        if (rougeL(other.tokens, tokens).fmeasure > threshold)
          return { kind: 'near-duplicate', of: other.text };
      }
      return undefined;
    },
    add(text) {
      exact.set(fold(text), text);
      if (threshold >= 1) return;
      const tokens = rougeTokens(text);
      const counts = countWords(tokens);
      for (const word of counts.keys()) {
        const list = byWord.get(word);
        if (list === undefined) byWord.set(word, [entries.length]);
        else list.push(entries.length);
      }
      entries.push({ text, tokens, counts });
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
