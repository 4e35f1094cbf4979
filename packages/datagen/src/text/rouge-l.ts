export interface RougeScore {
  readonly precision: number;
  readonly recall: number;
  readonly fmeasure: number;
}

/** Words as rouge_score counts them (without stemming): lower case, everything but a–z and 0–9 separates. */
export function rougeTokens(text: string): string[] {
  return text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
}

/** ROUGE-L (Lin 2004): longest common subsequence over the lengths of prediction and target. */
export function rougeL(target: readonly string[], prediction: readonly string[]): RougeScore {
  const common = longestCommonSubsequence(target, prediction);
  if (common === 0) return { precision: 0, recall: 0, fmeasure: 0 };
  const precision = common / prediction.length;
  const recall = common / target.length;
  return { precision, recall, fmeasure: (2 * precision * recall) / (precision + recall) };
}

function longestCommonSubsequence(a: readonly string[], b: readonly string[]): number {
  let previous = new Uint16Array(b.length + 1);
  let current = new Uint16Array(b.length + 1);
  for (const word of a) {
    for (let j = 0; j < b.length; j++) {
      current[j + 1] = word === b[j] ? previous[j]! + 1 : Math.max(previous[j + 1]!, current[j]!);
    }
    [previous, current] = [current, previous];
  }
  return previous[b.length]!;
}
