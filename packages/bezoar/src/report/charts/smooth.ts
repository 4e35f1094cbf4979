/** A moving average over `span` neighbours: what the eye should follow in a noisy curve. */
export function smooth(
  points: readonly (readonly [number, number])[],
  span: number = Math.max(1, Math.round(points.length / 20)),
): (readonly [number, number])[] {
  return points.map(([x], index) => {
    const near = points.slice(Math.max(0, index - span), index + span + 1);
    return [x, near.reduce((sum, [, y]) => sum + y, 0) / near.length];
  });
}
