export interface KrippendorffOptions {
  /** `nominal`: labels are equal or not. `interval`: numbers, by their squared distance. */
  readonly level: 'nominal' | 'interval';
}

/**
 * Krippendorff's α (Content Analysis, 2004, ch. 11): 1 − observed / expected disagreement. `units` has the values that each
 * item got, from any number of raters; null is a rater who gave none. Items with fewer than two values say nothing and are left
 * out. NaN when all values are equal, or no item has two.
 */
export function krippendorffAlpha(
  units: readonly (readonly (string | number | null)[])[],
  { level }: KrippendorffOptions,
): number {
  const rated = units
    .map((unit) => unit.filter((value) => value !== null))
    .filter((values) => values.length >= 2);
  const all = rated.flat();
  const disagreement = level === 'nominal' ? differentPairs : squaredDistances;
  const observed =
    rated.reduce((sum, values) => sum + disagreement(values) / (values.length - 1), 0) / all.length;
  const expected = disagreement(all) / (all.length * (all.length - 1));
  return 1 - observed / expected;
}

type Values = readonly (string | number)[];

/** Ordered pairs of different values: n² minus those of equal ones. */
function differentPairs(values: Values): number {
  const counts = new Map<string | number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return values.length ** 2 - [...counts.values()].reduce((sum, count) => sum + count ** 2, 0);
}

/** Σ (a − b)² over ordered pairs, from the distances to the mean: no difference of large sums. */
function squaredDistances(values: Values): number {
  const numbers = values.map(Number);
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  return 2 * numbers.length * numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}
