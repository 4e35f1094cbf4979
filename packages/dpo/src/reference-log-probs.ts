import { scoreTokens, withAdapter, type CausalLM, type Workspace } from '@bezoar/model';
import type { EncodedPair, EncodedSide } from './encode-pair.ts';

export interface ReferenceLogProbs {
  readonly chosen: number;
  readonly rejected: number;
}

/** Log-probabilities of pairs under the reference. A workspace lends its buffers. */
export type Reference = (
  pairs: readonly EncodedPair[],
  workspace?: Workspace,
) => Promise<ReferenceLogProbs[]>;

/**
 * Summed log-probabilities of both completions under the reference: the same model with its adapter off. The base is
 * frozen, so each pair is computed once and remembered.
 */
export function createReference(model: CausalLM): Reference {
  const reference = withAdapter(model, undefined);
  const known = new Map<EncodedPair, ReferenceLogProbs>();
  return async (pairs, workspace) => {
    const missing = pairs.filter((pair) => !known.has(pair));
    const sides = missing.flatMap((pair) => [pair.chosen, pair.rejected]);
    const sums = await sequenceLogProbs(reference, sides, workspace);
    missing.forEach((pair, index) =>
      known.set(pair, { chosen: sums[2 * index]!, rejected: sums[2 * index + 1]! }),
    );
    return pairs.map((pair) => known.get(pair)!);
  };
}

/** Σ log-probability over each side's completion tokens. */
export async function sequenceLogProbs(
  model: CausalLM,
  sides: readonly EncodedSide[],
  workspace?: Workspace,
): Promise<number[]> {
  const requests = sides.map(({ tokens, targetCount }) => ({ tokens, from: tokens.length - targetCount }));
  const results = await scoreTokens(model, requests, workspace === undefined ? {} : { workspace });
  return results.map(({ logProbs }) => logProbs.reduce((total, value) => total + value, 0));
}
