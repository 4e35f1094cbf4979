/** x·wᵀ (+ bias) as a list of dot products. x: [T, width]; w: [out, width]. */
export function linearFormula(x: Float64Array, w: Float64Array, width: number): Float64Array {
  const outputs = w.length / width;
  return Float64Array.from({ length: (x.length / width) * outputs }, (_, at) => {
    const row = Math.floor(at / outputs) * width;
    const column = (at % outputs) * width;
    return x.subarray(row, row + width).reduce((sum, value, i) => sum + value * w[column + i]!, 0);
  });
}

/** The transpose of a row-major matrix with `columns` columns. */
export function transpose(matrix: Float64Array, columns: number): Float64Array {
  const rows = matrix.length / columns;
  return Float64Array.from(
    { length: matrix.length },
    (_, at) => matrix[(at % rows) * columns + Math.floor(at / rows)]!,
  );
}

/** Element-wise sum. */
export function plus(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value + b[i]!);
}

export function times(a: Float64Array, factor: number): Float64Array {
  return a.map((value) => value * factor);
}
