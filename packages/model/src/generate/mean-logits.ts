import type { Tensor } from '@bezoar/backend';
import type { CausalLM } from '../causal-lm.ts';
import type { Workspace } from '../workspace.ts';

export interface MeanLogitsOptions {
  readonly model: CausalLM;
  /** f32 [T, D]: of `forward`. */
  readonly hidden: Tensor;
  readonly workspace: Workspace;
}

/**
 * The mean of each position's logits over the vocabulary, f32 [T], from the workspace. As mean_v(x·W_v) = x·mean_v(W_v), it costs one
 * pass over W for all positions together and one dot product for each: logits are never made.
 */
export function meanLogits({ model, hidden, workspace }: MeanLogitsOptions): Tensor<'f32'> {
  const { backend, lmHead } = model;
  const [vocabSize, hiddenSize] = lmHead.shape as readonly [number, number];
  const share = workspace.take('f32', [1, vocabSize]);
  const meanRow = workspace.take('f32', [1, hiddenSize]);
  const means = workspace.take('f32', [hidden.size / hiddenSize]);
  backend.fill({ out: share, value: 1 / vocabSize });
  backend.linearBackwardInput({ dOut: share, weight: lmHead, dX: meanRow });
  backend.linear({ x: hidden, weight: meanRow, out: means });
  workspace.release(share, meanRow);
  return means;
}
