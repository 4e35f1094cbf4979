/**
 * Tokens that a micro-batch has at the most: where chance puts the longest sequences together. What scores held-out rows beside a
 * training keeps to it, so that it needs no more memory than a step.
 */
export function largestPass(lengths: readonly number[], sequences: number): number {
  const longest = lengths.toSorted((a, b) => b - a).slice(0, sequences);
  return longest.reduce((sum, length) => sum + length, 0);
}
