import type { CausalLM } from '../causal-lm.ts';
import { IGNORED, type TokenSequence } from '../token-batch.ts';
import { checkScoredFrom } from './check-score-requests.ts';
import { scoreLabels, type ScoreOptions } from './score-labels.ts';
import type { ScoreRequest, ScoreResult } from './types.ts';

/** Log-probabilities of given continuations, results in the order of the requests. */
export async function scoreTokens(
  model: CausalLM,
  requests: readonly ScoreRequest[],
  options: ScoreOptions = {},
): Promise<ScoreResult[]> {
  const scores = await scoreLabels(model, requests.map(toSequence), options);
  return requests.map(({ tokens, from }, index) => {
    const { logProbs, correct } = scores[index]!;
    // Token i is predicted from position i − 1.
    const [first, last] = [from - 1, tokens.length - 1];
    return {
      logProbs: logProbs.slice(first, last),
      greedy: Array.from(correct.subarray(first, last), (hit) => hit === 1),
    };
  });
}

function toSequence({ tokens, from }: ScoreRequest): TokenSequence {
  checkScoredFrom({ tokens, from });
  return { tokens, labels: tokens.map((token, index) => (index < from ? IGNORED : token)) };
}
