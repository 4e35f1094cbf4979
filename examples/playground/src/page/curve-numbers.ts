/** Three significant digits, as people write numbers. */
export function formatNumber(value: number): string {
  if (value !== 0 && Math.abs(value) < 0.001) return value.toExponential(1);
  return String(Number(value.toPrecision(3)));
}

/** At most `count` of them, the first and the last among them. */
export function sampled<Item>(items: readonly Item[], count: number): Item[] {
  if (items.length <= count) return [...items];
  const stride = (items.length - 1) / (count - 1);
  return Array.from({ length: count }, (_, index) => items[Math.round(index * stride)]!);
}
