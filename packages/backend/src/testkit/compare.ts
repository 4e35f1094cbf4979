/**
 * The first disagreement of two arrays in words, or undefined. Elements agree when they differ by no more than
 * `tolerance` times the greatest expected magnitude: sums of n products have an error of that kind, whatever their own
 * size. NaN agrees with NaN, an infinity with itself.
 */
export function disagreement(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
): string | undefined {
  if (actual.length !== expected.length) return `${actual.length} elements instead of ${expected.length}`;
  const greatest = Array.from(expected).reduce(
    (most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most),
    0,
  );
  const allowed = tolerance * greatest;
  let worst = { index: -1, excess: 0 };
  for (let i = 0; i < expected.length; i++) {
    const a = actual[i]!;
    const e = expected[i]!;
    if (Object.is(a, e) || a === e) continue;
    const difference = Math.abs(a - e);
    const excess = Number.isFinite(difference) ? difference - allowed : Infinity;
    if (excess > worst.excess) worst = { index: i, excess };
  }
  if (worst.index < 0) return undefined;
  const { index } = worst;
  return `element ${index} is ${actual[index]!} instead of ${expected[index]!} (off by ${Math.abs(actual[index]! - expected[index]!)}, allowed ${allowed})`;
}
