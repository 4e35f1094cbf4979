/*
 * The three matrix products of a linear layer in float64, with plain loops. All matrices are row-major.
 */

type Matrix = Float32Array | Float64Array;

/** x·Wᵀ. x: [T, width]; w: [out, width]; result: [T, out]. */
export function multiplyTransposed(x: Matrix, w: Matrix, width: number): Float64Array {
  const rows = x.length / width;
  const outputs = w.length / width;
  const product = new Float64Array(rows * outputs);
  for (let t = 0; t < rows; t++) {
    for (let o = 0; o < outputs; o++) {
      let sum = 0;
      for (let i = 0; i < width; i++) sum += x[t * width + i]! * w[o * width + i]!;
      product[t * outputs + o] = sum;
    }
  }
  return product;
}

/** g·W. g: [T, out]; w: [out, width]; result: [T, width]. */
export function multiply(g: Matrix, w: Matrix, width: number): Float64Array {
  const outputs = w.length / width;
  const rows = g.length / outputs;
  const product = new Float64Array(rows * width);
  for (let t = 0; t < rows; t++) {
    for (let o = 0; o < outputs; o++) {
      const factor = g[t * outputs + o]!;
      for (let i = 0; i < width; i++) product[t * width + i]! += factor * w[o * width + i]!;
    }
  }
  return product;
}

/** gᵀ·x. g: [T, rows]; x: [T, columns]; result: [rows, columns]. */
export function transposedMultiply(
  g: Matrix,
  x: Matrix,
  size: { readonly rows: number; readonly columns: number },
): Float64Array {
  const { rows, columns } = size;
  const tokens = g.length / rows;
  const product = new Float64Array(rows * columns);
  for (let t = 0; t < tokens; t++) {
    for (let r = 0; r < rows; r++) {
      const factor = g[t * rows + r]!;
      for (let c = 0; c < columns; c++) product[r * columns + c]! += factor * x[t * columns + c]!;
    }
  }
  return product;
}
