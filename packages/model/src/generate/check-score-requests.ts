import { BezoarError } from '@bezoar/core';
import type { CausalLM } from '../causal-lm.ts';
import { checkSequence } from '../token-batch.ts';
import type { ScoreRequest } from './types.ts';

/** Throws BezoarError BAD_INPUT where there is nothing to score, or nothing before it, or the model cannot read it. */
export function checkScoreRequests({ config }: CausalLM, requests: readonly ScoreRequest[]): void {
  for (const { tokens, from } of requests) {
    checkScoredFrom({ tokens, from });
    const limits = { vocabSize: config.vocabSize, maxPositions: config.maxPositionEmbeddings };
    checkSequence({ tokens: tokens.slice(-1) }, limits);
    // The last token is scored, not read.
    if (tokens.length > 1) checkSequence({ tokens: tokens.slice(0, -1) }, limits);
  }
}

export function checkScoredFrom({ tokens, from }: ScoreRequest): void {
  if (from >= 1 && from <= tokens.length) return;
  throw new BezoarError('BAD_INPUT', `Cannot score from token ${from} of a sequence of ${tokens.length}.`, {
    advice: 'At least one token (BOS, say) must stand before the first scored one.',
  });
}
