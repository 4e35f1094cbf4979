/** How many tokens two sequences have in common from their start, `most` at most. */
export function sharedLength(a: readonly number[], b: readonly number[], most: number = Infinity): number {
  const end = Math.min(a.length, b.length, most);
  let length = 0;
  while (length < end && a[length] === b[length]) length++;
  return length;
}

/** Which of the sequences has the longest beginning in common with `input`: the first of equal ones, length 0 for none. */
export function longestShared(
  sequences: readonly (readonly number[])[],
  input: readonly number[],
): { readonly slot: number; readonly length: number } {
  let best = { slot: -1, length: 0 };
  for (const [slot, sequence] of sequences.entries()) {
    const length = sharedLength(sequence, input);
    if (length > best.length) best = { slot, length };
  }
  return best;
}
