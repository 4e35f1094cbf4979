import { createReferenceBackend } from '@bezoar/backend';
import { createRng } from '@bezoar/core';
import { expect, it } from 'vitest';
import { forward } from '../forward/forward.ts';
import { initModel } from '../init-model.ts';
import { parseModelConfig } from '../config/parse-model-config.ts';
import { createTokenBatch } from '../token-batch.ts';
import { createWorkspace } from '../workspace.ts';
import { meanLogits } from './mean-logits.ts';
import { scoreLabels } from './score-labels.ts';

it('meanLogits is the mean of the logits that are made one by one', async () => {
  const backend = createReferenceBackend();
  const shape = {
    vocab_size: 30,
    hidden_size: 8,
    intermediate_size: 12,
    num_hidden_layers: 1,
    num_attention_heads: 2,
  };
  const config = parseModelConfig({ model_type: 'llama', max_position_embeddings: 16, ...shape });
  const rng = createRng(5);
  const model = initModel({ config, backend, rng, std: 0.5 });
  const sequences = [5, 3].map((length) => ({ tokens: Array.from({ length }, () => rng.int(30)) }));
  const workspace = createWorkspace(backend);
  const batch = createTokenBatch({ backend, sequences, vocabSize: 30, maxPositions: 16 });
  const { hidden } = forward({ model, batch, workspace, keep: 'nothing' });

  const logits = workspace.take('f32', [8, 30]);
  backend.linear({ x: hidden, weight: model.lmHead, out: logits });
  const all = await backend.download(logits);
  const wanted = Array.from(
    { length: 8 },
    (_, t) => all.subarray(30 * t, 30 * t + 30).reduce((a, b) => a + b) / 30,
  );
  const means = await backend.download(meanLogits({ model, hidden, workspace }));
  wanted.forEach((value, t) => expect(means[t]).toBeCloseTo(value, 5));

  const scores = await scoreLabels(model, sequences, { withMeanLogits: true, maxBatchTokens: 5 });
  expect(scores.flatMap(({ meanLogits: each }) => Array.from(each!))).toEqual(Array.from(means));
  expect((await scoreLabels(model, sequences))[0]).not.toHaveProperty('meanLogits');
});
