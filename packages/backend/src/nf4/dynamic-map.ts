/**
 * The signed dynamic 8-bit map of bitsandbytes (Dettmers 2015; Dettmers et al. 2022): 256 ascending f32 values. For
 * every decade 10^(i−6), i = 0 … 6, it has the midpoints of 2^i + 1 points spaced evenly from 0.1 to 1, with both signs;
 * and 0 and 1. It holds the block scales under double quantisation.
 */
export function signedDynamicMap(): Float32Array<ArrayBuffer> {
  const values = [0, 1];
  for (let i = 0; i <= 6; i++) {
    const steps = 2 ** i;
    const points = Array.from({ length: steps + 1 }, (_, point) => evenPoint(point, steps));
    for (let point = 0; point < steps; point++) {
      const midpoint = Math.fround((points[point]! + points[point + 1]!) / 2);
      const value = Math.fround(Math.fround(10 ** (i - 6)) * midpoint);
      values.push(value, -value);
    }
  }
  return new Float32Array(values).sort();
}

/** Point of the even spacing from 0.1 to 1 in f32, counted from the nearer end as torch.linspace does. */
function evenPoint(point: number, steps: number): number {
  const step = Math.fround((1 - Math.fround(0.1)) / steps);
  if (point < (steps + 1) / 2) return Math.fround(Math.fround(0.1) + step * point);
  return Math.fround(1 - step * (steps - point));
}
