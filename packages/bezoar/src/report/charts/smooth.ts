/** A moving average over `span` neighbours on either side: what the eye should follow in a noisy curve. */
export function smooth(
  points: readonly (readonly [number, number])[],
  span: number = Math.max(1, Math.round(points.length / 20)),
): (readonly [number, number])[] {
  // Sums up to each point: a window costs the same however wide it is.
  const sums = [0];
  for (const [, y] of points) sums.push(sums.at(-1)! + y);
  return points.map(([x], index) => {
    const [from, to] = [Math.max(0, index - span), Math.min(points.length, index + span + 1)];
    return [x, (sums[to]! - sums[from]!) / (to - from)];
  });
}
