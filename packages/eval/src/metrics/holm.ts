/**
 * p-values of several tests, made larger so that among all of them the chance of one false find stays what it is for one (Holm 1979).
 * In the order in which they came.
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, index) => index).sort((a, b) => pValues[a]! - pValues[b]!);
  const adjusted: number[] = [];
  let most = 0;
  for (const [rank, index] of order.entries()) {
    most = Math.max(most, Math.min(1, (pValues.length - rank) * pValues[index]!));
    adjusted[index] = most;
  }
  return adjusted;
}
