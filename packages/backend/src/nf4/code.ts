/**
 * The 16 values of NormalFloat4: quantiles of the normal distribution, scaled to [−1, 1], with an exact zero (Dettmers
 * et al. 2023, QLoRA §3). These f32 literals are what bitsandbytes ships; test and kernels use the same ones.
 */
export function nf4Code(): Float32Array<ArrayBuffer> {
  return new Float32Array([
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
    -0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725,
    0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941, 0.7229568362236023,
    1.0,
  ]);
}

/** The 15 decision thresholds of the code: x gets the index that counts the midpoints below it. */
export function nf4Midpoints(): Float32Array<ArrayBuffer> {
  return midpointsOf(nf4Code());
}

/** f32 midpoints of the neighbours of an ascending code. */
export function midpointsOf(code: Float32Array): Float32Array<ArrayBuffer> {
  const midpoints = new Float32Array(code.length - 1);
  for (let i = 0; i < midpoints.length; i++) midpoints[i] = Math.fround((code[i]! + code[i + 1]!) / 2);
  return midpoints;
}
