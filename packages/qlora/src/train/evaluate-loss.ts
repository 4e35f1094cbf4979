import { createTokenBatch, createWorkspace, forward, type CausalLM, type Workspace } from '@bezoar/model';
import type { EncodedExample } from '../data/encode-example.ts';

export interface EvaluateLossOptions {
  readonly model: CausalLM;
  readonly examples: readonly EncodedExample[];
  /** Tokens per forward pass; 4,096 by default. */
  readonly maxBatchTokens?: number;
  readonly workspace?: Workspace;
}

/** Mean cross-entropy over all targets, and the share of targets with the greatest logit. No dropout. */
export async function evaluateLoss(
  options: EvaluateLossOptions,
): Promise<{ loss: number; accuracy: number }> {
  const { model, examples, maxBatchTokens = 4096 } = options;
  const { backend, config } = model;
  const workspace = options.workspace ?? createWorkspace(backend);
  let logProbSum = 0;
  let hits = 0;
  let targets = 0;
  for (let start = 0; start < examples.length;) {
    let end = start;
    let tokens = 0;
    while (
      end < examples.length &&
      (end === start || tokens + examples[end]!.tokens.length <= maxBatchTokens)
    ) {
      tokens += examples[end++]!.tokens.length;
    }
    const batch = createTokenBatch({
      backend,
      sequences: examples.slice(start, end),
      vocabSize: config.vocabSize,
      maxPositions: config.maxPositionEmbeddings,
    });
    const pass = forward({ model, batch, workspace, keep: 'nothing' });
    const logProbs = workspace.take('f32', [batch.tokens]);
    const correct = workspace.take('i32', [batch.tokens]);
    backend.linearCrossEntropy({
      hidden: pass.hidden,
      weight: model.lmHead,
      targets: batch.targets,
      logProbs,
      correct,
    });
    pass.release();
    for (const value of await backend.download(logProbs)) logProbSum += value;
    for (const value of await backend.download(correct)) hits += value;
    targets += batch.targetCount;
    workspace.release(logProbs, correct);
    batch.dispose();
    start = end;
  }
  if (options.workspace === undefined) workspace.dispose();
  return { loss: -logProbSum / targets, accuracy: hits / targets };
}
