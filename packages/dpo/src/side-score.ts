import { gatherNumbers, type ProcessGroup } from '@bezoar/backend';
import { scoreLabels, type CausalLM, type LabelScores } from '@bezoar/model';
import type { EncodedSide } from './encode-side.ts';
import type { PassOptions } from './reference.ts';

/** What a pass of the policy says about one side. */
export interface SideScore {
  /** Σ log-probability of the completion's tokens. */
  readonly logProb: number;
  /** Σ log-probability of all labels: of the prompt as well where that has some. */
  readonly labelsLogProb: number;
  /** Tokens of the completion. */
  readonly tokens: number;
  /** How many of them have the greatest logit. */
  readonly correct: number;
  /** Σ over the completion's tokens of the mean logit of the vocabulary. */
  readonly logits: number;
}

/** Where the completion of a side is predicted: positions [first, last). Token i is predicted from position i − 1. */
export function completionRange({ tokens, targetCount }: EncodedSide): readonly [number, number] {
  return [tokens.length - targetCount - 1, tokens.length - 1];
}

/** Adds up the values of a side's positions. */
export function foldSide(side: EncodedSide, scores: Required<LabelScores>): SideScore {
  const [first, last] = completionRange(side);
  return {
    logProb: sum(scores.logProbs.subarray(first, last)),
    labelsLogProb: sum(scores.logProbs),
    tokens: side.targetCount,
    correct: sum(scores.correct.subarray(first, last)),
    logits: sum(scores.meanLogits.subarray(first, last)),
  };
}

/** The side with every token as a label: for a cross-entropy over prompt and completion. */
export function labelText(side: EncodedSide): EncodedSide {
  return { ...side, labels: side.tokens };
}

/** Scores sides without gradients or dropout. */
export async function scoreSides(
  model: CausalLM,
  sides: readonly EncodedSide[],
  options: PassOptions = {},
): Promise<SideScore[]> {
  const scores = await scoreLabels(model, sides, { ...options, withMeanLogits: true });
  return sides.map((side, index) => foldSide(side, scores[index] as Required<LabelScores>));
}

/** The scores of all processes, in the order of ranks; the given ones without a group. */
export async function gatherScores(
  scores: readonly SideScore[],
  group: ProcessGroup | undefined,
): Promise<readonly SideScore[]> {
  if (group === undefined) return scores;
  const fields = ['logProb', 'labelsLogProb', 'tokens', 'correct', 'logits'] as const;
  const numbers = await gatherNumbers(
    scores.flatMap((score) => fields.map((field) => score[field])),
    group,
  );
  return Array.from({ length: numbers.length / fields.length }, (_, index) => {
    const values = fields.map((field, at) => [field, numbers[index * fields.length + at]!] as const);
    return Object.fromEntries(values) as Record<(typeof fields)[number], number>;
  });
}

function sum(values: Float32Array | Int32Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
