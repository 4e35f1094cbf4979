import { BezoarError, type RunEvent } from '@bezoar/core';
import { createRejectionWatch, mapConcurrent, type ChatModel } from '@bezoar/llm';
import { compareAnswers } from './compare-answers.ts';
import type { Comparison } from './comparison.ts';
import type { AnswerPair } from './pair-prompt.ts';
import { positionReport, type PositionReport } from './position-report.ts';

export interface ComparePairsOptions {
  readonly pairs: readonly AnswerPair[];
  readonly model: ChatModel;
  readonly criteria?: readonly string[];
  readonly concurrency?: number;
  readonly stage?: string;
  readonly signal?: AbortSignal | undefined;
}

export interface ComparedPairs {
  /** One for each pair, in their order. */
  readonly comparisons: readonly Comparison[];
  readonly position: PositionReport;
}

/**
 * Judges pairs in both orders. Equal texts are a tie that nobody is asked about. Throws BezoarError EMPTY_DATASET, and whatever
 * the model throws; PROVIDER_REJECTED only when it rejects every request.
 */
export async function* comparePairs(options: ComparePairsOptions): AsyncGenerator<RunEvent, ComparedPairs> {
  const { pairs, model, criteria, concurrency = 8, stage = 'compare', signal } = options;
  if (pairs.length === 0) throw new BezoarError('EMPTY_DATASET', 'There are no pairs to compare.');
  const rejections = createRejectionWatch();
  const comparisons: Comparison[] = [];
  for await (const comparison of mapConcurrent(
    pairs,
    (pair): Promise<Comparison> =>
      pair.a === pair.b
        ? Promise.resolve(equalTexts(pair))
        : compareAnswers(model, pair, { criteria, rejections, signal }),
    { concurrency, signal },
  )) {
    comparisons.push(comparison);
    yield { type: 'progress', stage, done: comparisons.length, total: pairs.length };
  }
  rejections.finish();
  const asked = comparisons.filter((_, index) => pairs[index]!.a !== pairs[index]!.b);
  return {
    comparisons,
    position: positionReport(asked.map(({ games: [first, second] }) => [first.winner, second.winner])),
  };
}

function equalTexts({ id }: AnswerPair): Comparison {
  const game = { winner: 'tie', reason: 'the texts are equal' } as const;
  return { id, games: [game, game], winner: 'tie' };
}
