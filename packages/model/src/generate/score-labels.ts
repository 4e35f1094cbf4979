import type { CausalLM } from '../causal-lm.ts';
import { forward } from '../forward/forward.ts';
import { createTokenBatch, type TokenSequence } from '../token-batch.ts';
import { createWorkspace, type Workspace } from '../workspace.ts';
import { meanLogits } from './mean-logits.ts';

export interface ScoreOptions {
  /** Upper bound on the tokens of one forward pass (one longer sequence is still one pass). 4,096 by default. */
  readonly maxBatchTokens?: number;
  /** Buffers to use again over several calls. */
  readonly workspace?: Workspace;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
  /** Also the mean of every position's logits. False by default. */
  readonly withMeanLogits?: boolean;
}

export interface LabelScores {
  /** Of a sequence of T tokens: entry t is the log-probability of label t + 1, 0 where that is no target. */
  readonly logProbs: Float32Array;
  /** 1 where the label has the greatest logit. */
  readonly correct: Int32Array;
  /** Where they were asked for: entry t is the mean over the vocabulary of the logits that predict label t + 1. */
  readonly meanLogits?: Float32Array;
}

/** Scores the labels of sequences, in their order, without dropout. Sequences are packed into passes, not padded. */
export async function scoreLabels(
  model: CausalLM,
  sequences: readonly TokenSequence[],
  options: ScoreOptions = {},
): Promise<LabelScores[]> {
  const { maxBatchTokens = 4096, withMeanLogits = false } = options;
  const workspace = options.workspace ?? createWorkspace(model.backend);
  const results: LabelScores[] = [];
  try {
    for (let start = 0; start < sequences.length;) {
      options.signal?.throwIfAborted();
      let end = start;
      let tokens = 0;
      while (
        end < sequences.length &&
        (end === start || tokens + sequences[end]!.tokens.length <= maxBatchTokens)
      ) {
        tokens += sequences[end++]!.tokens.length;
      }
      results.push(...(await scorePass(model, sequences.slice(start, end), { workspace, withMeanLogits })));
      workspace.endPass();
      start = end;
      options.onProgress?.(start, sequences.length);
    }
    return results;
  } finally {
    if (options.workspace === undefined) workspace.dispose();
  }
}

async function scorePass(
  model: CausalLM,
  sequences: readonly TokenSequence[],
  { workspace, withMeanLogits }: { readonly workspace: Workspace; readonly withMeanLogits: boolean },
): Promise<LabelScores[]> {
  const { backend, config } = model;
  const batch = createTokenBatch({
    backend,
    sequences,
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
  const logits = withMeanLogits ? meanLogits({ model, hidden: pass.hidden, workspace }) : undefined;
  pass.release();
  const values = await backend.download(logProbs);
  const hits = await backend.download(correct);
  const means = logits === undefined ? undefined : await backend.download(logits);
  workspace.release(logProbs, correct, logits);
  batch.dispose();

  let offset = 0;
  return sequences.map(({ tokens }) => {
    const [first, last] = [offset, (offset += tokens.length)];
    return {
      logProbs: values.subarray(first, last),
      correct: hits.subarray(first, last),
      ...(means === undefined ? {} : { meanLogits: means.subarray(first, last) }),
    };
  });
}
