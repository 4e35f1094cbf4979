/**
 * ∂(Σ out·cotangent)/∂x by central differences in float64. Good to about 1e-8 for the smooth formulas of the suite: it
 * proves hand-written backward passes without repeating their algebra.
 */
export function numericalGradient(
  forward: (x: Float64Array) => ArrayLike<number>,
  x: Float64Array,
  cotangent: ArrayLike<number>,
): Float64Array {
  const step = 1e-5;
  const loss = (point: Float64Array): number => {
    const out = forward(point);
    let sum = 0;
    for (let i = 0; i < out.length; i++) sum += out[i]! * cotangent[i]!;
    return sum;
  };
  const gradient = new Float64Array(x.length);
  const point = x.slice();
  for (let i = 0; i < x.length; i++) {
    point[i] = x[i]! + step;
    const above = loss(point);
    point[i] = x[i]! - step;
    gradient[i] = (above - loss(point)) / (2 * step);
    point[i] = x[i]!;
  }
  return gradient;
}
