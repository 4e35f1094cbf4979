import { gatherNumbers, shareOf, type ProcessGroup } from '@bezoar/backend';
import { scoreLabels, type CausalLM, type ScoreOptions } from '@bezoar/model';
import type { EncodedExample } from '../data/encode-example.ts';
import { sumInOrder } from './sum-in-order.ts';

export interface EvaluateLossOptions extends ScoreOptions {
  readonly model: CausalLM;
  readonly examples: readonly EncodedExample[];
  /** Every process scores its share of the examples. */
  readonly group?: ProcessGroup | undefined;
}

/** Mean cross-entropy over all targets, and the share of targets with the greatest logit. No dropout. */
export async function evaluateLoss({
  model,
  examples,
  group,
  ...options
}: EvaluateLossOptions): Promise<{ loss: number; accuracy: number }> {
  const scores = await scoreLabels(model, shareOf(examples, group), options);
  const logProbs = scores.flatMap((score) => [...score.logProbs]);
  const correct = scores.flatMap((score) => [...score.correct]);
  const targets = examples.reduce((total, { targetCount }) => total + targetCount, 0);
  return {
    loss: -sumInOrder(await gatherNumbers(logProbs, group)) / targets,
    accuracy: sumInOrder(await gatherNumbers(correct, group)) / targets,
  };
}
