/**
 * Whether an explanation answer holds FLAN's short gold answer: its words in order, as whole words, case and punctuation
 * ignored. A hint, not a proof: "no" is found in many texts.
 */
export function agreesWithTarget(response: string, target: string): boolean {
  const wanted = normalise(target);
  return wanted === '' || ` ${normalise(response)} `.includes(` ${wanted} `);
}

function normalise(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
