import type { PreferencePair, RunEvent } from '@bezoar/core';
import { encodePair } from '@bezoar/dpo';
import { IGNORED, scoreTokens } from '@bezoar/model';
import type { Score } from './eval-scores.ts';
import type { LocalModel } from './local-model.ts';

export interface WinRateOptions {
  readonly local: LocalModel;
  readonly pairs: readonly PreferencePair[];
  readonly stage: string;
  /** For progress. */
  readonly name: string;
  readonly signal: AbortSignal;
}

const pairsAtOnce = 16;

/**
 * The share of pairs whose chosen answer is more likely under the model than the rejected one, both log-probabilities summed
 * over the answer and its EOS (ties count half), with the standard error of a proportion.
 */
export async function* preferenceWinRate(options: WinRateOptions): AsyncGenerator<RunEvent, Score> {
  const { local, pairs, stage, name, signal } = options;
  const { model, tokenizer } = local;
  const maxLength = model.config.maxPositionEmbeddings;
  const maxPromptLength = Math.ceil(maxLength / 2);
  let wins = 0;
  for (let start = 0; start < pairs.length; start += pairsAtOnce) {
    const encoded = pairs
      .slice(start, start + pairsAtOnce)
      .map((pair) => encodePair(pair, { tokenizer, maxLength, maxPromptLength }));
    const requests = encoded.flatMap(({ chosen, rejected }) =>
      [chosen, rejected].map(({ tokens, labels }) => ({
        tokens,
        from: labels.findIndex((label) => label !== IGNORED),
      })),
    );
    const sums = (await scoreTokens(model, requests, { signal })).map(({ logProbs }) =>
      logProbs.reduce((sum, each) => sum + each, 0),
    );
    encoded.forEach((_, index) => {
      const margin = sums[2 * index]! - sums[2 * index + 1]!;
      wins += margin > 0 ? 1 : margin === 0 ? 0.5 : 0;
    });
    yield {
      type: 'progress',
      stage,
      done: start + encoded.length,
      total: pairs.length,
      note: `${name} · preference`,
    };
  }
  const value = wins / pairs.length;
  return {
    value,
    ...(pairs.length > 1 ? { stderr: Math.sqrt((value * (1 - value)) / (pairs.length - 1)) } : {}),
  };
}
