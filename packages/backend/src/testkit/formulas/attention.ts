export interface AttentionSetting {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  readonly scale: number;
  readonly window?: number;
  /** Sequence number and position inside it of every token. */
  readonly tokens: readonly { readonly sequence: number; readonly position: number }[];
}

/** Softmax attention over all pairs of tokens with an explicit mask: slow, and without any trick. */
export function attentionFormula(
  { q, k, v }: { readonly q: Float64Array; readonly k: Float64Array; readonly v: Float64Array },
  { heads, kvHeads, headSize, scale, window = Infinity, tokens }: AttentionSetting,
): { out: Float64Array; lse: Float64Array } {
  const out = new Float64Array(q.length);
  const lse = new Float64Array(tokens.length * heads);
  tokens.forEach((query, t) => {
    for (let head = 0; head < heads; head++) {
      const kvHead = Math.floor(head / (heads / kvHeads));
      const weights = tokens.map((key, j) => {
        const distance = query.position - key.position;
        if (key.sequence !== query.sequence || distance < 0 || distance >= window) return 0;
        let score = 0;
        for (let i = 0; i < headSize; i++)
          score += q[(t * heads + head) * headSize + i]! * k[(j * kvHeads + kvHead) * headSize + i]!;
        return Math.exp(scale * score);
      });
      const total = weights.reduce((a, b) => a + b, 0);
      lse[t * heads + head] = Math.log(total);
      weights.forEach((weight, j) => {
        for (let i = 0; i < headSize; i++) {
          out[(t * heads + head) * headSize + i]! +=
            (weight / total) * v[(j * kvHeads + kvHead) * headSize + i]!;
        }
      });
    }
  });
  return { out, lse };
}
