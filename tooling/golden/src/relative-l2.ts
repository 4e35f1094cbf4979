/** ‖a − b‖₂ / ‖b − origin‖₂; the origin is zero by default. */
export function relativeL2(actual: Float32Array, expected: Float32Array, origin?: Float32Array): number {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i]! - expected[i]!) ** 2;
    norm += (expected[i]! - (origin?.[i] ?? 0)) ** 2;
  }
  return Math.sqrt(difference / norm);
}
