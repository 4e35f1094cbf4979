import type { PairJudgment } from '../files/judgment.ts';

/** A row of FastChat's `show_result` for pairwise comparison. */
export interface PairTableRow {
  readonly model: string;
  readonly win: number;
  readonly loss: number;
  /** Those that hang on the order included. */
  readonly tie: number;
  readonly winRate: number;
  readonly lossRate: number;
  /** A tie counts half. */
  readonly winRateAdjusted: number;
}

export interface PairTableOptions {
  /** Only pairs with this model count, and it has no row of its own. */
  readonly baseline?: string | undefined;
}

/**
 * The numbers of FastChat's `show_result --mode pairwise-all`, or `pairwise-baseline`; the best adjusted rate first. Lines with an
 * "error" are left out, and repeated lines count each time, as there.
 */
export function pairTable(
  judgments: readonly PairJudgment[],
  { baseline }: PairTableOptions = {},
): PairTableRow[] {
  const counts = new Map<string, { win: number; loss: number; tie: number }>();
  const count = (model: string, what: 'win' | 'loss' | 'tie'): void => {
    const row = counts.get(model) ?? { win: 0, loss: 0, tie: 0 };
    row[what]++;
    counts.set(model, row);
  };
  for (const judgment of judgments) {
    const { model_1: first, model_2: second } = judgment;
    if (baseline !== undefined && baseline !== first && baseline !== second) continue;
    const winner = pairWinner(judgment);
    if (winner === 'error') continue;
    count(first, winner === 'tie' ? 'tie' : winner === 'model_1' ? 'win' : 'loss');
    count(second, winner === 'tie' ? 'tie' : winner === 'model_2' ? 'win' : 'loss');
  }
  return [...counts]
    .filter(([model]) => model !== baseline)
    .map(([model, { win, loss, tie }]) => {
      const all = win + loss + tie;
      const rates = { winRate: win / all, lossRate: loss / all, winRateAdjusted: (win + tie / 2) / all };
      return { model, win, loss, tie, ...rates };
    })
    .sort((a, b) => b.winRateAdjusted - a.winRateAdjusted);
}

/** The winner of both games; a tie when they differ; "error" when one of them has none. */
export function pairWinner({
  g1_winner: g1,
  g2_winner: g2,
}: Pick<PairJudgment, 'g1_winner' | 'g2_winner'>): PairJudgment['g1_winner'] {
  if (g1 === 'error' || g2 === 'error') return 'error';
  return g1 === g2 ? g1 : 'tie';
}
