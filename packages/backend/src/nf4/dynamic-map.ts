/**
 * The signed dynamic 8-bit map of bitsandbytes (Dettmers 2015; Dettmers et al. 2022): 256 ascending f32 values. For
 * every decade 10^(i−6), i = 0 … 6, it has the midpoints of 2^i + 1 points spaced evenly from 0.1 to 1, with both signs;
 * and 0 and 1. It holds the block scales under double quantisation.
 */
export function signedDynamicMap(): Float32Array<ArrayBuffer> {
  const positive = decades((decade) => 2 ** decade);
  return new Float32Array([0, 1, ...positive, ...positive.map((value) => -value)]).sort();
}

/** The unsigned one: no negative values, and twice as many steps in every decade. It holds Adam's second moment. */
export function unsignedDynamicMap(): Float32Array<ArrayBuffer> {
  return new Float32Array([0, 1, ...decades((decade) => 2 ** (decade + 1))]).sort();
}

/** The midpoints of that many steps in each of seven decades. */
function decades(stepsOf: (decade: number) => number): number[] {
  const values: number[] = [];
  for (let decade = 0; decade <= 6; decade++) {
    const steps = stepsOf(decade);
    const points = Array.from({ length: steps + 1 }, (_, point) => evenPoint(point, steps));
    for (let point = 0; point < steps; point++) {
      const midpoint = Math.fround((points[point]! + points[point + 1]!) / 2);
      values.push(Math.fround(Math.fround(10 ** (decade - 6)) * midpoint));
    }
  }
  return values;
}

/** Point of the even spacing from 0.1 to 1 in f32, counted from the nearer end as torch.linspace does. */
function evenPoint(point: number, steps: number): number {
  const step = Math.fround((1 - Math.fround(0.1)) / steps);
  if (point < (steps + 1) / 2) return Math.fround(Math.fround(0.1) + step * point);
  return Math.fround(1 - step * (steps - point));
}
