/** The sums of the values of each cluster, in the order in which the clusters come up. */
export function clusterTotals(values: readonly number[], clusters: readonly string[]): number[] {
  const totals = new Map<string, number>();
  for (const [index, value] of values.entries()) {
    const cluster = clusters[index]!;
    totals.set(cluster, (totals.get(cluster) ?? 0) + value);
  }
  return [...totals.values()];
}
