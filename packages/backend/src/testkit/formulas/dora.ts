import { linearFormula, plus, times, transpose } from './linear.ts';

/** The length of every row of w + scale · b·a. w: [out, inputs]; a: [rank, inputs]; b: [out, rank]. */
export function doraNormsFormula(
  { w, a, b }: { readonly w: Float64Array; readonly a: Float64Array; readonly b: Float64Array },
  { inputs, rank, scale }: { readonly inputs: number; readonly rank: number; readonly scale: number },
): Float64Array {
  const rows = plus(w, times(linearFormula(b, transpose(a, inputs), rank), scale));
  return Float64Array.from({ length: w.length / inputs }, (_, o) =>
    Math.hypot(...rows.subarray(o * inputs, (o + 1) * inputs)),
  );
}

/** Every column of y times magnitude / norms. */
export function doraFormula(y: Float64Array, magnitude: Float64Array, norms: Float64Array): Float64Array {
  return y.map((value, at) => (value * magnitude[at % magnitude.length]!) / norms[at % norms.length]!);
}
