export interface PairAgreement {
  /** Items that both raters labelled. */
  readonly items: number;
  /** Share of items with the same label; NaN without items. */
  readonly raw: number;
  /** Cohen's κ (1960): agreement beyond chance; NaN when chance alone would always agree. */
  readonly kappa: number;
}

/** Agreement of two raters on nominal labels, one pair of labels for each item. */
export function cohenKappa(pairs: readonly (readonly [first: string, second: string])[]): PairAgreement {
  const items = pairs.length;
  const raw = pairs.filter(([first, second]) => first === second).length / items;
  const share = (side: 0 | 1, label: string): number =>
    pairs.filter((pair) => pair[side] === label).length / items;
  const labels = new Set(pairs.flat());
  const chance = [...labels].reduce((sum, label) => sum + share(0, label) * share(1, label), 0);
  return { items, raw, kappa: (raw - chance) / (1 - chance) };
}
