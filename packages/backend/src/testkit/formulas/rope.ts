export interface RopeSetting {
  readonly heads: number;
  readonly positions: readonly number[];
  readonly cos: Float64Array;
  readonly sin: Float64Array;
  readonly half: number;
  readonly inverse: boolean;
}

/** Each pair (x_i, x_{i+d/2}) as a complex number, turned by the angle of its position. */
export function ropeFormula(
  x: Float64Array,
  { heads, positions, cos, sin, half, inverse }: RopeSetting,
): Float64Array {
  const headSize = 2 * half;
  return x.map((value, at) => {
    const within = at % headSize;
    const i = within % half;
    const position = positions[Math.floor(at / (heads * headSize))]!;
    const c = cos[position * half + i]!;
    const s = sin[position * half + i]! * (inverse ? -1 : 1);
    return within < half ? value * c - x[at + half]! * s : value * c + x[at - half]! * s;
  });
}
