import type { Rng } from '@bezoar/core';

/** A sequence to score: the log-probabilities of tokens[from…] given everything before each. */
export interface ScoreRequest {
  readonly tokens: readonly number[];
  /** Index of the first scored token, at least 1. */
  readonly from: number;
}

export interface ScoreResult {
  /** Natural logarithm, one for each token from `from` on. */
  readonly logProbs: Float32Array;
  /** Whether each scored token has the greatest logit. */
  readonly greedy: readonly boolean[];
}

export interface GenerateOptions {
  readonly prompts: readonly (readonly number[])[];
  readonly maxNewTokens: number;
  /** Generation of a row ends when one of these is produced; it is not part of the result. */
  readonly stopIds?: readonly number[];
  /** Called after every token with the row's new tokens; true ends the row. For stop strings. */
  readonly stopWhen?: (row: number, newTokens: readonly number[]) => boolean;
  /** 0 (the default) takes the most likely token. */
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  /** Needed when temperature > 0. */
  readonly rng?: Rng;
  readonly signal?: AbortSignal;
}

export interface GenerateResult {
  readonly tokens: number[];
  readonly finishReason: 'stop' | 'length';
}
