import { scoreLabels, type CausalLM, type ScoreOptions } from '@bezoar/model';
import type { EncodedExample } from '../data/encode-example.ts';

export interface EvaluateLossOptions extends ScoreOptions {
  readonly model: CausalLM;
  readonly examples: readonly EncodedExample[];
}

/** Mean cross-entropy over all targets, and the share of targets with the greatest logit. No dropout. */
export async function evaluateLoss({
  model,
  examples,
  ...options
}: EvaluateLossOptions): Promise<{ loss: number; accuracy: number }> {
  let logProbSum = 0;
  let hits = 0;
  for (const { logProbs, correct } of await scoreLabels(model, examples, options)) {
    for (const value of logProbs) logProbSum += value;
    for (const hit of correct) hits += hit;
  }
  const targets = examples.reduce((sum, { targetCount }) => sum + targetCount, 0);
  return { loss: -logProbSum / targets, accuracy: hits / targets };
}
