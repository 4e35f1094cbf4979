import type { Backend, Tensor } from '@bezoar/backend';
import { openFolder } from '@bezoar/formats/node';
import { describeGolden, readJsonFile, readTensors, relativeL2, type GoldenCase } from '@bezoar/golden';
import { listTestBackends } from '@bezoar/test-backends';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseModelConfig } from './config/parse-model-config.ts';
import { backward, forward } from './forward/forward.ts';
import { loadModel } from './load-model.ts';
import { modelParameters } from './parameters.ts';
import { createTokenBatch, type TokenBatch } from './token-batch.ts';
import { createWorkspace } from './workspace.ts';
import type { CausalLM } from './causal-lm.ts';

const backends = await listTestBackends();

describeGolden('llama-forward', (cases) => {
  for (const { name, create } of backends) {
    it.each(cases)(`$name on ${name}`, async (golden) => {
      const backend = await create();
      try {
        await checkCase(backend, golden);
      } finally {
        await backend.dispose();
      }
    });
  }

  it.each(cases)('$name: both styles of config.json read alike', ({ folder }) => {
    const other = readdirSync(folder).find((file) => file.startsWith('config.transformers'));
    expect(other).toBeDefined();
    const one = parseModelConfig(readJsonFile(join(folder, 'model/config.json')));
    expect(parseModelConfig(readJsonFile(join(folder, other!)))).toEqual(one);
  });
});

/** Tolerances of every case.json of this kind: logits 1e-4 · max(1, max|logits|), loss rel 1e-5, grads rel L2 1e-4. */
async function checkCase(backend: Backend, { folder }: GoldenCase): Promise<void> {
  const inputs = await readTensors(folder, 'inputs.safetensors');
  const expected = await readTensors(folder, 'expected.safetensors');
  const grads = await readTensors(folder, 'grads.safetensors');
  const model = await loadModel({ folder: openFolder(join(folder, 'model')), backend });
  const batch = batchOf(model, inputs.get('input_ids')!.data, inputs.get('input_ids')!.shape[1]!);

  const workspace = createWorkspace(backend);
  const pass = forward({ model, batch, workspace, keep: 'everything' });
  const logits = backend.alloc('f32', [batch.tokens, model.config.vocabSize]) as Tensor & {
    readonly dtype: 'f32';
  };
  backend.linear({ x: pass.hidden, weight: model.lmHead, out: logits });
  const wanted = expected.get('logits')!.data;
  const scale = wanted.reduce((max, value) => Math.max(max, Math.abs(value)), 1);
  // Tokens that only fill the batch up stand behind.
  const actual = (await backend.download(logits)).subarray(0, wanted.length);
  expect(maxDifference(actual, wanted)).toBeLessThanOrEqual(1e-4 * scale);

  const full = new Map(
    [...modelParameters(model)].map(([name, weight]) => [name, backend.alloc('f32', weight.shape)]),
  );
  const logProbs = backend.alloc('f32', [batch.tokens]);
  const dHidden = backend.alloc('f32', pass.hidden.shape);
  const headName = model.config.tieWordEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight';
  backend.linearCrossEntropy({
    hidden: pass.hidden,
    weight: model.lmHead,
    targets: batch.targets,
    logProbs,
    gradient: { dLogProbs: -1 / batch.targetCount, dHidden, dWeight: full.get(headName)! },
  });
  backward({ pass, batch, dHidden, gradients: { full } });
  const lossSum = -(await backend.download(logProbs)).reduce((sum, value) => sum + value, 0);
  const wantedSum = expected.get('loss_sum')!.data[0]!;
  const wantedMean = expected.get('loss_mean')!.data[0]!;
  expect(Math.abs(lossSum / wantedSum - 1)).toBeLessThanOrEqual(1e-5);
  expect(Math.abs(lossSum / batch.targetCount / wantedMean - 1)).toBeLessThanOrEqual(1e-5);

  expect(grads.size).toBeGreaterThan(0);
  for (const [name, { data }] of grads) {
    const actual = await backend.download(full.get(name)!);
    expect(relativeL2(actual, data), name).toBeLessThanOrEqual(1e-4);
  }
}

function batchOf(model: CausalLM, ids: Float32Array, length: number): TokenBatch {
  const sequences = Array.from({ length: ids.length / length }, (_, row) => {
    const tokens = Array.from(ids.subarray(row * length, (row + 1) * length));
    return { tokens, labels: tokens };
  });
  const { vocabSize, maxPositionEmbeddings } = model.config;
  return createTokenBatch({
    backend: model.backend,
    sequences,
    vocabSize,
    maxPositions: maxPositionEmbeddings,
  });
}

function maxDifference(actual: Float32Array, expected: Float32Array): number {
  expect(actual.length).toBe(expected.length);
  return actual.reduce((max, value, index) => Math.max(max, Math.abs(value - expected[index]!)), 0);
}
