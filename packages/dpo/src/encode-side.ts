import { BezoarError } from '@bezoar/core';
import { IGNORED } from '@bezoar/model';

/** A prompt and one completion as tokens. */
export interface EncodedSide {
  readonly tokens: readonly number[];
  readonly labels: readonly number[];
  /** Tokens of the completion. */
  readonly targetCount: number;
}

/**
 * A side from token ids: nothing in the prompt is a target, everything in the completion is. Throws BezoarError BAD_INPUT without a
 * prompt, from which the completion's first token could be predicted.
 */
export function encodeSide(prompt: readonly number[], completion: readonly number[]): EncodedSide {
  if (prompt.length === 0) {
    throw new BezoarError('BAD_INPUT', 'A completion stands behind no prompt token.', {
      advice: 'Give it a prompt, or at least BOS.',
    });
  }
  return {
    tokens: [...prompt, ...completion],
    labels: [...prompt.map(() => IGNORED), ...completion],
    targetCount: completion.length,
  };
}
