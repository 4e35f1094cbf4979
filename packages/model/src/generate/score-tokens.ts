import { BezoarError } from '@bezoar/core';
import type { CausalLM } from '../causal-lm.ts';
import { forward } from '../forward/forward.ts';
import { createTokenBatch, IGNORED, type TokenSequence } from '../token-batch.ts';
import { createWorkspace, type Workspace } from '../workspace.ts';
import type { ScoreRequest, ScoreResult } from './types.ts';

export interface ScoreOptions {
  /** Upper bound on the tokens of one forward pass (one longer sequence is still one pass). 4,096 by default. */
  readonly maxBatchTokens?: number;
  /** Buffers to use again over several calls. */
  readonly workspace?: Workspace;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Log-probabilities of given continuations, results in the order of the requests. Sequences are packed, not padded. */
export async function scoreTokens(
  model: CausalLM,
  requests: readonly ScoreRequest[],
  options: ScoreOptions = {},
): Promise<ScoreResult[]> {
  const { maxBatchTokens = 4096 } = options;
  const workspace = options.workspace ?? createWorkspace(model.backend);
  const results: ScoreResult[] = [];
  try {
    for (let start = 0; start < requests.length;) {
      options.signal?.throwIfAborted();
      let end = start;
      let tokens = 0;
      while (
        end < requests.length &&
        (end === start || tokens + requests[end]!.tokens.length <= maxBatchTokens)
      ) {
        tokens += requests[end]!.tokens.length;
        end++;
      }
      results.push(...(await scoreBatch(model, requests.slice(start, end), workspace)));
      workspace.trim();
      start = end;
      options.onProgress?.(start, requests.length);
    }
    return results;
  } finally {
    if (options.workspace === undefined) workspace.dispose();
  }
}

async function scoreBatch(
  model: CausalLM,
  requests: readonly ScoreRequest[],
  workspace: Workspace,
): Promise<ScoreResult[]> {
  const { backend, config } = model;
  const batch = createTokenBatch({
    backend,
    sequences: requests.map(toSequence),
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
  const values = await backend.download(logProbs);
  const hits = await backend.download(correct);
  workspace.release(logProbs, correct);
  batch.dispose();

  let offset = 0;
  return requests.map(({ tokens, from }) => {
    // The log-probability of token i stands at position i − 1.
    const [first, last] = [offset + from - 1, offset + tokens.length - 1];
    offset += tokens.length;
    return {
      logProbs: values.slice(first, last),
      greedy: Array.from(hits.subarray(first, last), (hit) => hit === 1),
    };
  });
}

function toSequence({ tokens, from }: ScoreRequest): TokenSequence {
  if (from < 1 || from > tokens.length) {
    throw new BezoarError('BAD_INPUT', `Cannot score from token ${from} of a sequence of ${tokens.length}.`, {
      advice: 'At least one token (BOS, say) must stand before the first scored one.',
    });
  }
  return { tokens, labels: tokens.map((token, index) => (index < from ? IGNORED : token)) };
}
