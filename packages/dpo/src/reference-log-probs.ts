import { scoreTokens, withAdapter, type CausalLM, type Workspace } from '@bezoar/model';
import type { EncodedPair, EncodedSide } from './encode-pair.ts';

export interface ReferenceLogProbs {
  readonly chosen: number;
  readonly rejected: number;
}

/**
 * Summed log-probabilities of both completions under the reference: the same model with its adapter off. The base is
 * frozen, so each pair is computed once and remembered.
 */
export function createReference(
  model: CausalLM,
  workspace: Workspace,
): (pairs: readonly EncodedPair[]) => Promise<ReferenceLogProbs[]> {
  const reference = withAdapter(model, undefined);
  const known = new Map<EncodedPair, ReferenceLogProbs>();
  return async (pairs) => {
    const missing = pairs.filter((pair) => !known.has(pair));
    const sums = await sequenceLogProbs(
      reference,
      missing.flatMap((pair) => [pair.chosen, pair.rejected]),
      workspace,
    );
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
