import { scoreTokens, withAdapter, type CausalLM, type ScoreOptions } from '@bezoar/model';
import type { EncodedSide } from './encode-side.ts';

/** How sequences go through a model: buffers that are lent, and an upper bound on the tokens of a pass (4,096 by default). */
export type PassOptions = Pick<ScoreOptions, 'workspace' | 'maxBatchTokens'>;

/** What the policy is compared with: frozen log-probabilities. */
export interface Reference {
  /** Names the values: a training is only resumed with the reference that it was begun with. */
  readonly id: string;
  /** Σ log-probability over each side's completion tokens. */
  logProbs(sides: readonly EncodedSide[], options?: PassOptions): Promise<number[]>;
}

/** A frozen model as the reference. Each side is computed once and remembered. */
export function createReference(model: CausalLM, id: string): Reference {
  const known = new Map<EncodedSide, number>();
  return {
    id,
    async logProbs(sides, options) {
      const missing = sides.filter((side) => !known.has(side));
      const sums = await sequenceLogProbs(model, missing, options);
      missing.forEach((side, index) => known.set(side, sums[index]!));
      return sides.map((side) => known.get(side)!);
    },
  };
}

/** The policy itself with its adapter switched off: no second copy of the weights. */
export function adapterOffReference(policy: CausalLM): Reference {
  return createReference(withAdapter(policy, undefined), 'adapter-off');
}

/** Σ log-probability over each side's completion tokens. */
export async function sequenceLogProbs(
  model: CausalLM,
  sides: readonly EncodedSide[],
  options: PassOptions = {},
): Promise<number[]> {
  const requests = sides.map(({ tokens, targetCount }) => ({ tokens, from: tokens.length - targetCount }));
  const results = await scoreTokens(model, requests, options);
  return results.map(({ logProbs }) => logProbs.reduce((total, value) => total + value, 0));
}
