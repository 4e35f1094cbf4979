import { createTokenBatch, createWorkspace, forward, type CausalLM } from '@bezoar/model';

/** f32 [T, V], flat: the logits after each token of a sequence. */
export async function logitsOf(
  model: CausalLM,
  tokens: readonly number[],
): Promise<Float32Array<ArrayBuffer>> {
  const { backend } = model;
  const batch = createTokenBatch({
    backend,
    sequences: [{ tokens }],
    vocabSize: model.config.vocabSize,
    maxPositions: model.config.maxPositionEmbeddings,
  });
  const pass = forward({ model, batch, workspace: createWorkspace(backend), keep: 'nothing' });
  const logits = backend.alloc('f32', [tokens.length, model.config.vocabSize]);
  backend.linear({ x: pass.hidden, weight: model.lmHead, out: logits });
  return backend.download(logits);
}
