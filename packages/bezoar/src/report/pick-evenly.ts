/** At most `count` of a list's items, spread evenly over it, its first and last one among them. */
export function pickEvenly<Item>(items: readonly Item[], count: number): readonly Item[] {
  return evenly(items.length, count).map((index) => items[index]!);
}

/** The indices of such a pick, for a list that is not at hand. */
export function evenly(length: number, count: number): number[] {
  if (length <= count) return Array.from({ length }, (_, index) => index);
  if (count === 1) return [0];
  return Array.from({ length: count }, (_, index) => Math.round((index * (length - 1)) / (count - 1)));
}
