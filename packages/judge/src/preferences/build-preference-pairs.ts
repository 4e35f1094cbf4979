import { hashText, type InstructionRow, type PreferencePair } from '@bezoar/core';

export interface BuildPairsOptions {
  /** Judged rows; those with the same instruction and system text are compared. */
  readonly rows: readonly InstructionRow[];
  /** How a row's instruction becomes the pair's prompt: the training template. */
  readonly renderPrompt: (row: InstructionRow) => string;
  /** Smallest difference of mean ratings that counts as a preference; 1 by default. */
  readonly minMargin?: number;
}

export interface BuiltPairs {
  readonly pairs: readonly (PreferencePair & { readonly margin: number })[];
  /** Groups without a pair, by reason: `single-answer`, `no-rating`, `tie`, `same-text`. */
  readonly skipped: Readonly<Record<string, number>>;
}

/** Best against worst answer of every instruction that has several. Ties, missing ratings and equal texts give no pair. */
export function buildPreferencePairs({ rows, renderPrompt, minMargin = 1 }: BuildPairsOptions): BuiltPairs {
  const groups = new Map<string, InstructionRow[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.system ?? null, row.instruction]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const pairs: (PreferencePair & { margin: number })[] = [];
  const skipped: Record<string, number> = {};
  for (const group of groups.values()) {
    const pair = pairOf(group, { renderPrompt, minMargin });
    if (typeof pair === 'string') skipped[pair] = (skipped[pair] ?? 0) + 1;
    else pairs.push(pair);
  }
  return { pairs, skipped };
}

function pairOf(
  group: readonly InstructionRow[],
  { renderPrompt, minMargin }: Required<Omit<BuildPairsOptions, 'rows'>>,
): (PreferencePair & { margin: number }) | string {
  if (group.length < 2) return 'single-answer';
  const rated = group.flatMap((row) => {
    const rating = meanRating(row);
    return rating === undefined ? [] : [{ row, rating }];
  });
  if (rated.length < 2) return 'no-rating';
  const sorted = rated.toSorted((a, b) => b.rating - a.rating);
  const [best, worst] = [sorted[0]!, sorted.at(-1)!];
  if (best.row.response.trim() === worst.row.response.trim()) return 'same-text';
  const margin = best.rating - worst.rating;
  if (margin < minMargin) return 'tie';
  return {
    id: hashText(`${best.row.id}\u0000${worst.row.id}`),
    prompt: renderPrompt(best.row),
    chosen: best.row.response,
    rejected: worst.row.response,
    source: best.row.source,
    margin,
  };
}

function meanRating({ judgments = [] }: InstructionRow): number | undefined {
  const ratings = judgments.flatMap(({ rating }) => (rating === null ? [] : [rating]));
  return ratings.length === 0 ? undefined : ratings.reduce((sum, rating) => sum + rating, 0) / ratings.length;
}
