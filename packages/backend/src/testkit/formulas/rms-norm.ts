export function rmsNormFormula(
  x: Float64Array,
  weight: Float64Array,
  eps: number,
): { out: Float64Array; rstd: Float64Array } {
  const width = weight.length;
  const rstd = Float64Array.from({ length: x.length / width }, (_, n) => {
    const row = x.subarray(n * width, (n + 1) * width);
    return (row.reduce((sum, value) => sum + value * value, 0) / width + eps) ** -0.5;
  });
  return { rstd, out: x.map((value, at) => value * rstd[Math.floor(at / width)]! * weight[at % width]!) };
}
