export interface Banding {
  readonly bands: number;
  /** Signature words per band. */
  readonly rows: number;
}

/** How likely two sets of a Jaccard similarity share at least one whole band: 1 − (1 − sʳ)ᵇ (Leskovec et al., ch. 3). */
export function candidateProbability(similarity: number, { bands, rows }: Banding): number {
  return 1 - (1 - similarity ** rows) ** bands;
}

/**
 * The longest bands (fewest false candidates to verify) that still find a pair at the threshold with probability `recall`;
 * bands of one word when none does.
 */
export function chooseBanding(options: { permutations: number; threshold: number; recall: number }): Banding {
  const { permutations, threshold, recall } = options;
  for (let rows = permutations; rows > 1; rows--) {
    const banding = { bands: Math.floor(permutations / rows), rows };
    if (candidateProbability(threshold, banding) >= recall) return banding;
  }
  return { bands: permutations, rows: 1 };
}
