/**
 * Rotary pairs of a query or key projection from halves to neighbours. Checkpoints of transformers rotate value i of a head
 * with value i + d/2; ggml's kernel for the llama architecture rotates 2i with 2i + 1, so those rows have to lie there.
 * values: [heads · d, width] of the weight, or [heads · d] of its bias, with width 1.
 */
export function interleaveRotary(
  values: Float32Array,
  { heads, width }: { readonly heads: number; readonly width: number },
): Float32Array<ArrayBuffer> {
  const headDim = values.length / width / heads;
  const out = new Float32Array(values.length);
  for (let head = 0; head < heads; head++) {
    for (let i = 0; i < headDim; i++) {
      const from = head * headDim + (i % 2) * (headDim / 2) + Math.floor(i / 2);
      out.set(values.subarray(from * width, (from + 1) * width), (head * headDim + i) * width);
    }
  }
  return out;
}
