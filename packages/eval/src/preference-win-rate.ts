import { BezoarError, type PreferencePair } from '@bezoar/core';
import { encoderOf, scoreTokens, type CausalLM, type ScoreRequest, type Tokenizer } from '@bezoar/model';
import type { LanguageModelCallOptions } from './language-model.ts';
import { startTokens, type BosMode } from './models/encode-request.ts';
import { mean, standardError } from './metrics/statistics.ts';

export interface PreferenceWinRateOptions extends LanguageModelCallOptions {
  readonly model: CausalLM;
  readonly tokenizer: Tokenizer;
  readonly pairs: readonly PreferencePair[];
  /** `always` by default where the tokenizer has BOS: preference training puts it in front. */
  readonly bos?: BosMode;
  /** 4,096 by default. */
  readonly batchTokens?: number;
}

export interface PreferenceWinRate {
  /** Share of pairs whose chosen answer has the greater log-probability per token; a tie counts one half. */
  readonly winRate: number;
  /** The same by summed log-probability, which favours short answers. */
  readonly winRateRaw: number;
  /** Of `winRate`: sample standard deviation / √n; NaN for a single pair. */
  readonly stderr: number;
  /** Of `winRateRaw`. */
  readonly stderrRaw: number;
  readonly n: number;
  /** 1, ½ or 0 for each pair, in order: for `comparePaired`. */
  readonly wins: readonly number[];
  /** The same for `winRateRaw`. */
  readonly winsRaw: readonly number[];
}

/**
 * How often a model finds the chosen answer of a pair likelier than the rejected one. Prompt and answers are tokenised
 * apart, EOS ends the answer: as preference training does. A prompt that is too long loses its left.
 * Throws BezoarError EMPTY_DATASET without pairs, BAD_INPUT for an answer that fills all positions.
 */
export async function preferenceWinRate(options: PreferenceWinRateOptions): Promise<PreferenceWinRate> {
  const { model, tokenizer, pairs, batchTokens = 4096, signal, onProgress } = options;
  if (pairs.length === 0) throw new BezoarError('EMPTY_DATASET', 'There are no preference pairs to score.');
  const bos = options.bos ?? (tokenizer.bosId === undefined ? 'never' : 'always');
  const scope = {
    tokenizer,
    start: startTokens({ tokenizer, bos }),
    positions: model.config.maxPositionEmbeddings,
  };
  const requests = pairs.flatMap((pair) => [
    encodeAnswer(pair, pair.chosen, scope),
    encodeAnswer(pair, pair.rejected, scope),
  ]);
  const scores = await scoreTokens(model, requests, {
    maxBatchTokens: batchTokens,
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined
      ? {}
      : { onProgress: (done) => onProgress(Math.floor(done / 2), pairs.length) }),
  });

  const sums = scores.map(({ logProbs }) => logProbs.reduce((sum, value) => sum + value, 0));
  const means = sums.map((sum, index) => sum / scores[index]!.logProbs.length);
  const wins = winsOf(means);
  const winsRaw = winsOf(sums);
  return {
    winRate: mean(wins),
    winRateRaw: mean(winsRaw),
    stderr: standardError(wins),
    stderrRaw: standardError(winsRaw),
    n: pairs.length,
    wins,
    winsRaw,
  };
}

/** Chosen and rejected take turns in `scores`. */
function winsOf(scores: readonly number[]): number[] {
  return Array.from({ length: scores.length / 2 }, (_, pair) => {
    const margin = scores[2 * pair]! - scores[2 * pair + 1]!;
    return (Math.sign(margin) + 1) / 2;
  });
}

interface AnswerScope {
  readonly tokenizer: Tokenizer;
  readonly start: readonly number[];
  readonly positions: number;
}

function encodeAnswer(
  pair: PreferencePair,
  answer: string,
  { tokenizer, start, positions }: AnswerScope,
): ScoreRequest {
  const { rendered = false } = pair;
  const encode = encoderOf(tokenizer, { rendered });
  const eos = rendered || tokenizer.eosId === undefined ? [] : [tokenizer.eosId];
  const first = rendered ? [] : start;
  const completion = [...encode(answer), ...eos];
  const room = positions - first.length - completion.length;
  if (room < 1 || completion.length === 0) {
    throw new BezoarError(
      'BAD_INPUT',
      `Pair ${pair.id}: an answer of ${completion.length} tokens cannot be scored in ${positions} positions.`,
      { advice: 'Shorten or remove the pair.', data: { id: pair.id } },
    );
  }
  const tokens = [...first, ...encode(pair.prompt).slice(-room), ...completion];
  return { tokens, from: tokens.length - completion.length };
}
