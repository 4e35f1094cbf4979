import { hashText, type PreferencePair } from '@bezoar/core';
import type { Comparison } from '../pairwise/comparison.ts';
import type { AnswerPair } from '../pairwise/pair-prompt.ts';

export interface ComparedPairsOptions {
  readonly pairs: readonly AnswerPair[];
  /** Of these pairs, by their ids. */
  readonly comparisons: readonly Comparison[];
  /** How a pair's instruction becomes the prompt: the training template. */
  readonly renderPrompt: (pair: AnswerPair) => string;
  readonly source?: string;
}

export interface BuiltComparedPairs {
  readonly pairs: readonly PreferencePair[];
  /** Pairs without a preference, by reason: `no-verdict`, `tie`, `inconsistent`, `same-text`. */
  readonly skipped: Readonly<Record<string, number>>;
}

/** Preferences from a pairwise judge's verdicts. Only a winner in both orders is one. */
export function buildComparedPairs(options: ComparedPairsOptions): BuiltComparedPairs {
  const { comparisons, renderPrompt, source } = options;
  const byId = new Map(comparisons.map((comparison) => [comparison.id, comparison]));
  const pairs: PreferencePair[] = [];
  const skipped: Record<string, number> = {};
  for (const pair of options.pairs) {
    const winner = preferenceOf(pair, byId.get(pair.id));
    if (winner !== 'a' && winner !== 'b') {
      skipped[winner] = (skipped[winner] ?? 0) + 1;
      continue;
    }
    const [chosen, rejected] = winner === 'a' ? [pair.a, pair.b] : [pair.b, pair.a];
    const prompt = renderPrompt(pair);
    const id = hashText([prompt, chosen, rejected].join('\u0000'));
    pairs.push({ id, prompt, chosen, rejected, ...(source === undefined ? {} : { source }) });
  }
  return { pairs, skipped };
}

type NoPreference = 'no-verdict' | 'tie' | 'inconsistent' | 'same-text';

function preferenceOf({ a, b }: AnswerPair, comparison: Comparison | undefined): 'a' | 'b' | NoPreference {
  if (a.trim() === b.trim()) return 'same-text';
  const { winner = null, games } = comparison ?? {};
  if (winner === null) return 'no-verdict';
  if (winner !== 'tie') return winner;
  return games?.[0].winner === games?.[1].winner ? 'tie' : 'inconsistent';
}
