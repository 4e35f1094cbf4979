export interface RopeSetting {
  readonly heads: number;
  readonly positions: readonly number[];
  readonly cos: Float64Array;
  readonly sin: Float64Array;
  readonly half: number;
}

/** Each pair (x_i, x_{i+d/2}) as a complex number, turned by the angle of its position. */
export function ropeFormula(
  x: Float64Array,
  { heads, positions, cos, sin, half }: RopeSetting,
): Float64Array {
  const headSize = 2 * half;
  return x.map((value, at) => {
    const within = at % headSize;
    const angle = positions[Math.floor(at / (heads * headSize))]! * half + (within % half);
    return within < half
      ? value * cos[angle]! - x[at + half]! * sin[angle]!
      : value * cos[angle]! + x[at - half]! * sin[angle]!;
  });
}
